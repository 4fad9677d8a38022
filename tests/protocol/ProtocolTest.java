// SPDX-License-Identifier: GPL-2.0-only
package protocol;

import static linux.errno.Errno.EINVAL;
import static linux.printk.Printk.dmesg;
import static net.protocol.Protocols.inet_offloads;
import static net.protocol.Protocols.inet_protos;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.in.In.IPPROTO_ICMP;
import static uapi.linux.in.In.IPPROTO_TCP;

import net.protocol.net_offload;
import net.protocol.net_protocol;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class ProtocolTest {
    private final net_protocol prot = new net_protocol();
    private final net_protocol other = new net_protocol();
    private final net_offload offload = new net_offload();

    @BeforeEach
    void knows_namespaces() {
        prot.netns_ok = true;
        other.netns_ok = true;
    }

    @Nested
    class inet_add_protocol {
        @Test
        @DisplayName("from now on it handles the protocol, and no other one")
        void added() {
            assertThat(Protocol.inet_add_protocol(prot, 253)).isZero();

            assertThat(inet_protos[253]).isSameAs(prot);
            assertThat(inet_protos[252]).isNull();
            assertThat(inet_protos[254]).isNull();
        }

        @Test
        @DisplayName("there is one already, even the same: -1, and the first stays")
        void taken() {
            Protocol.inet_add_protocol(prot, 253);

            assertThat(Protocol.inet_add_protocol(other, 253)).isEqualTo(-1);
            assertThat(Protocol.inet_add_protocol(prot, 253)).isEqualTo(-1);
            assertThat(inet_protos[253]).isSameAs(prot);
        }

        @Test
        @DisplayName("one that knows nothing of namespaces: -EINVAL, and a line in the log")
        void no_namespaces() {
            prot.netns_ok = false;

            assertThat(Protocol.inet_add_protocol(prot, 253)).isEqualTo(-EINVAL);
            assertThat(inet_protos[253]).isNull();
            assertThat(dmesg().get(dmesg().size() - 1).toString()).contains("Protocol 253 is not namespace aware");
        }

        @Test
        @DisplayName("TCP and ICMP are there from the beginning")
        void tcp() {
            assertThat(inet_protos[IPPROTO_TCP]).isNotNull();
            assertThat(inet_protos[IPPROTO_ICMP]).isNotNull();
            assertThat(Protocol.inet_add_protocol(prot, IPPROTO_TCP)).isEqualTo(-1);
        }
    }

    @Nested
    class inet_add_offload {
        @Test
        @DisplayName("one for each protocol")
        void added() {
            assertThat(Protocol.inet_add_offload(offload, 253)).isZero();
            assertThat(inet_offloads[253]).isSameAs(offload);

            assertThat(Protocol.inet_add_offload(new net_offload(), 253)).isEqualTo(-1);
            assertThat(inet_offloads[253]).isSameAs(offload);
        }
    }

    @Nested
    class inet_del_protocol {
        @Test
        @DisplayName("its own entry goes, and can be taken again")
        void deleted() {
            Protocol.inet_add_protocol(prot, 253);

            assertThat(Protocol.inet_del_protocol(prot, 253)).isZero();
            assertThat(inet_protos[253]).isNull();
            assertThat(Protocol.inet_add_protocol(other, 253)).isZero();
        }

        @Test
        @DisplayName("that of another one stays: -1")
        void others() {
            Protocol.inet_add_protocol(prot, 253);

            assertThat(Protocol.inet_del_protocol(other, 253)).isEqualTo(-1);
            assertThat(inet_protos[253]).isSameAs(prot);
        }

        @Test
        @DisplayName("there is none: -1")
        void none() {
            assertThat(Protocol.inet_del_protocol(prot, 253)).isEqualTo(-1);
        }
    }

    @Nested
    class inet_del_offload {
        @Test
        @DisplayName("only its own entry goes")
        void deleted() {
            Protocol.inet_add_offload(offload, 253);

            assertThat(Protocol.inet_del_offload(new net_offload(), 253)).isEqualTo(-1);
            assertThat(inet_offloads[253]).isSameAs(offload);
            assertThat(Protocol.inet_del_offload(offload, 253)).isZero();
            assertThat(inet_offloads[253]).isNull();
        }
    }
}
