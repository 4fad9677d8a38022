// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import linux.printk.Printk;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class ProtosTest {
    private static proto registered(String name) {
        proto prot = new proto();
        prot.name = name;
        assertThat(Protos.proto_register(prot, 1)).isZero();
        return prot;
    }

    @Nested
    class __sk_prot_rehash {
        @Test
        @DisplayName("out of the table, and in again")
        void order() {
            List<String> log = new ArrayList<>();
            sock sk = new sock();
            sk.skc_prot = new proto();
            sk.skc_prot.hash = s -> log.add("hash");
            sk.skc_prot.unhash = s -> log.add("unhash");

            Protos.__sk_prot_rehash(sk);

            assertThat(log).containsExactly("unhash", "hash");
        }
    }

    @Nested
    class sock_prot_inuse_add {
        @Test
        @DisplayName("counts for each namespace and each protocol by itself")
        void by_itself() {
            net ns = NetNs.create("ns");
            proto a = registered("a");
            proto b = registered("b");

            Protos.sock_prot_inuse_add(ns, a, 2);
            Protos.sock_prot_inuse_add(ns, a, 1);
            Protos.sock_prot_inuse_add(ns, b, 1);

            assertThat(Protos.sock_prot_inuse_get(ns, a)).isEqualTo(3);
            assertThat(Protos.sock_prot_inuse_get(ns, b)).isEqualTo(1);
            assertThat(Protos.sock_prot_inuse_get(init_net, a)).isZero();
        }
    }

    @Nested
    class sock_prot_inuse_get {
        @Test
        @DisplayName("is never negative")
        void positive() {
            proto a = registered("a");
            Protos.sock_prot_inuse_add(init_net, a, -1);
            assertThat(Protos.sock_prot_inuse_get(init_net, a)).isZero();
        }
    }

    @Nested
    class sock_inuse_init_net {
        @Test
        @DisplayName("a namespace begins with nothing in use")
        void nothing() {
            net ns = new net("ns");
            assertThat(Protos.sock_inuse_init_net(ns)).isZero();
            assertThat(ns.core_inuse).hasSize(64).containsOnly(0);
        }
    }

    @Nested
    class sock_inuse_exit_net {
        @Test
        @DisplayName("and ends without a table")
        void gone() {
            net ns = NetNs.create("ns");
            Protos.sock_inuse_exit_net(ns);
            assertThat(ns.core_inuse).isNull();
        }
    }

    @Nested
    class net_inuse_init {
        @Test
        @DisplayName("has run at boot: every namespace counts")
        void has_run() {
            assertThat(init_net.core_inuse).isNotNull();
            assertThat(NetNs.create("ns").core_inuse).isNotNull();
        }
    }

    @Nested
    class assign_proto_idx {
        @Test
        @DisplayName("gives the lowest number that is free; those who come too late share the last one")
        void lowest() {
            proto a = registered("a");
            registered("b");
            Protos.proto_unregister(a);
            assertThat(registered("c").inuse_idx).isEqualTo(a.inuse_idx);

            proto last = null;
            for (int i = 0; i < 70; i++) {
                last = registered("p" + i);
            }
            assertThat(last.inuse_idx).isEqualTo(63);
            assertThat(Printk.dmesg()).anyMatch(l -> l.text().equals("PROTO_INUSE_NR exhausted"));
        }
    }

    @Nested
    class release_proto_idx {
        @Test
        @DisplayName("the number is free again, but for the one that is shared")
        void free() {
            proto a = registered("a");
            Protos.release_proto_idx(a);
            assertThat(Protos.proto_inuse_idx.get(a.inuse_idx)).isFalse();

            a.inuse_idx = 63;
            Protos.proto_inuse_idx.set(63);
            Protos.release_proto_idx(a);
            assertThat(Protos.proto_inuse_idx.get(63)).isTrue();
        }
    }

    @Nested
    class proto_register {
        @Test
        @DisplayName("the last one comes first")
        void first() {
            proto a = registered("a");
            proto b = registered("b");
            assertThat(Protos.all()).startsWith(b, a);
        }
    }

    @Nested
    class proto_unregister {
        @Test
        @DisplayName("is known no more")
        void unknown() {
            proto a = registered("a");
            Protos.proto_unregister(a);
            assertThat(Protos.all()).doesNotContain(a);
        }
    }
}
