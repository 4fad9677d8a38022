// SPDX-License-Identifier: GPL-2.0-only
package linux.net;

import static linux.errno.Errno.EAFNOSUPPORT;
import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENFILE;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.ENOMEM;
import static linux.sched.Sched.current;
import static net.net_namespace.NetNs.create;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.FakeDevice.made;
import static testing.FakeFamily.PF_FAKE;
import static uapi.linux.siginfo.Siginfo.POLL_IN;
import static uapi.linux.siginfo.Siginfo.SIGIO;
import static uapi.linux.siginfo.Siginfo.SIGURG;
import static uapi.linux.socket.SocketOpt.PF_INET;
import static uapi.linux.socket.SocketOpt.SOCK_ASYNC_NOSPACE;
import static uapi.linux.socket.SocketOpt.SOCK_ASYNC_WAITDATA;
import static uapi.linux.socket.SocketOpt.SOCK_EXTERNALLY_ALLOCATED;
import static uapi.linux.socket.SocketOpt.SOCK_PACKET;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;
import static uapi.linux.socket.SocketOpt.SOCK_WAKE_IO;
import static uapi.linux.socket.SocketOpt.SOCK_WAKE_SPACE;
import static uapi.linux.socket.SocketOpt.SOCK_WAKE_URG;
import static uapi.linux.socket.SocketOpt.SOCK_WAKE_WAITD;

import java.util.ArrayList;
import java.util.List;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.printk.Printk;
import linux.seq_file.seq_file;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeFamily;
import testing.KernelTest;

@KernelTest
class CreateTest {
    private final Ref<socket> res = new Ref<>();
    private FakeFamily family;

    @BeforeEach
    void open() {
        family = new FakeFamily();
    }

    @AfterEach
    void close() {
        Gfp.inject(null);
        family.closeAll();
    }

    private static String used() {
        seq_file seq = new seq_file();
        Create.socket_seq_show(seq);
        return seq.text();
    }

    @Nested
    class sock_alloc {
        @Test
        @DisplayName("makes a socket that is not connected, with a wait queue and a number of its own")
        void fresh() {
            socket a = Create.sock_alloc();
            socket b = Create.sock_alloc();

            assertThat(a.state).isEqualTo(socket.SS_UNCONNECTED);
            assertThat(a.wq).isNotNull();
            assertThat(a.ops).isNull();
            assertThat(b.i_ino).isGreaterThan(a.i_ino);
            Create.sock_release(a);
            Create.sock_release(b);
        }

        @Test
        @DisplayName("null when there is no memory")
        void no_memory() {
            Gfp.failNth(0);
            assertThat(Create.sock_alloc()).isNull();
        }
    }

    @Nested
    class sock_release {
        @Test
        @DisplayName("lets the family close the socket, once")
        void once() {
            socket sock = family.socket();
            List<socket> released = new ArrayList<>();
            proto_ops ops = new proto_ops();
            ops.release = s -> {
                released.add(s);
                return family.ops.release.call(s);
            };
            sock.ops = ops;

            Create.sock_release(sock);

            assertThat(released).containsExactly(sock);
            assertThat(sock.ops).isNull();
        }

        @Test
        @DisplayName("one that was not allocated here is not counted here")
        void external() {
            String before = used();
            socket sock = new socket();
            sock.wq = new socket_wq();
            sock.flags = 1 << SOCK_EXTERNALLY_ALLOCATED;

            Create.sock_release(sock);

            assertThat(used()).isEqualTo(before);
        }

        @Test
        @DisplayName("says so when somebody still waits for signals")
        void fasync() {
            Printk.boot();
            socket sock = Create.sock_alloc();
            sock.wq.fasync_list = (sig, band) -> {};
            Create.sock_release(sock);
            assertThat(Printk.dmesg().get(0).text()).isEqualTo("sock_release: fasync list not empty!");
        }
    }

    @Nested
    class sock_create_lite {
        @Test
        @DisplayName("makes a socket without a family's help")
        void lite() {
            assertThat(Create.sock_create_lite(PF_FAKE, SOCK_STREAM, 0, res)).isZero();
            assertThat(res.val.type).isEqualTo(SOCK_STREAM);
            assertThat(res.val.sk).isNull();
            Create.sock_release(res.val);
        }

        @Test
        @DisplayName("-ENOMEM")
        void no_memory() {
            Gfp.failNth(0);
            assertThat(Create.sock_create_lite(PF_FAKE, SOCK_STREAM, 0, res)).isEqualTo(-ENOMEM);
            assertThat(res.val).isNull();
        }
    }

    @Nested
    class sock_wake_async {
        private final List<String> signals = new ArrayList<>();

        private int wake(socket sock, int how) {
            return Create.sock_wake_async(sock, how, POLL_IN);
        }

        @Test
        @DisplayName("-1 when nobody has asked")
        void nobody() {
            assertThat(wake(null, SOCK_WAKE_IO)).isEqualTo(-1);
            assertThat(wake(family.socket(), SOCK_WAKE_IO)).isEqualTo(-1);
            assertThat(wake(new socket(), SOCK_WAKE_IO)).isEqualTo(-1);
        }

        @Test
        @DisplayName("not for data that a reader waits for anyway, nor for room that nobody has missed")
        void flags() {
            socket sock = family.socket();
            sock.wq.fasync_list = (sig, band) -> signals.add(sig + ":" + band);

            assertThat(wake(sock, SOCK_WAKE_IO)).isZero();
            assertThat(wake(sock, SOCK_WAKE_URG)).isZero();
            assertThat(signals).containsExactly(SIGIO + ":" + POLL_IN, SIGURG + ":" + POLL_IN);

            signals.clear();
            sock.flags = 1 << SOCK_ASYNC_WAITDATA;
            assertThat(wake(sock, SOCK_WAKE_WAITD)).isZero();
            assertThat(wake(sock, SOCK_WAKE_SPACE)).isZero();
            assertThat(signals).isEmpty();

            sock.flags = 1 << SOCK_ASYNC_NOSPACE;
            wake(sock, SOCK_WAKE_WAITD);
            wake(sock, SOCK_WAKE_SPACE);
            assertThat(signals).hasSize(2);
            assertThat(sock.flags).isZero();
            sock.wq.fasync_list = null;
        }
    }

    @Nested
    class __sock_create {
        private int create(int family, int type) {
            return Create.__sock_create(init_net, family, type, 0, res, 0);
        }

        @Test
        @DisplayName("the family makes what is behind the socket")
        void made() {
            assertThat(create(PF_FAKE, SOCK_STREAM)).isZero();
            assertThat(res.val.ops).isSameAs(family.ops);
            assertThat(res.val.sk.sk_socket).isSameAs(res.val);
            Create.sock_release(res.val);
        }

        @Test
        @DisplayName("-EAFNOSUPPORT: no such family; -EINVAL: no such type")
        void no_such() {
            assertThat(create(-1, SOCK_STREAM)).isEqualTo(-EAFNOSUPPORT);
            assertThat(create(41, SOCK_STREAM)).isEqualTo(-EAFNOSUPPORT);
            assertThat(create(39, SOCK_STREAM)).isEqualTo(-EAFNOSUPPORT);
            assertThat(create(PF_FAKE, -1)).isEqualTo(-EINVAL);
            assertThat(create(PF_FAKE, 11)).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("the old way to packet sockets leads to their family, with a line in the log, once")
        void sock_packet() {
            Printk.boot();
            assertThat(create(PF_INET, SOCK_PACKET)).isEqualTo(-EAFNOSUPPORT);
            assertThat(create(PF_INET, SOCK_PACKET)).isEqualTo(-EAFNOSUPPORT);
            assertThat(Printk.dmesg()).hasSize(1);
            assertThat(Printk.dmesg().get(0).text()).isEqualTo("init uses obsolete (PF_INET,SOCK_PACKET)");
        }

        @Test
        @DisplayName("-ENFILE without memory for the socket, else what the family says; nothing is left behind")
        void no_memory() {
            String before = used();
            Gfp.failNth(0);
            assertThat(create(PF_FAKE, SOCK_STREAM)).isEqualTo(-ENFILE);
            Gfp.failNth(1);
            assertThat(create(PF_FAKE, SOCK_STREAM)).isEqualTo(-ENOBUFS);
            assertThat(used()).isEqualTo(before);
        }
    }

    @Nested
    class sock_create {
        @Test
        @DisplayName("in the namespace of the task")
        void namespace() {
            net ns = NetNs.create("ns");
            net[] seen = new net[1];
            Create.net_families[PF_FAKE].create = (net, sock, protocol, kern) -> {
                seen[0] = net;
                return -5 - kern;
            };
            current.net_ns = ns;

            assertThat(Create.sock_create(PF_FAKE, SOCK_STREAM, 0, res)).isEqualTo(-5);

            assertThat(seen[0]).isSameAs(ns);
        }
    }

    @Nested
    class sock_create_kern {
        @Test
        @DisplayName("in the first namespace, and the family knows for whom")
        void namespace() {
            current.net_ns = NetNs.create("ns");
            net[] seen = new net[1];
            Create.net_families[PF_FAKE].create = (net, sock, protocol, kern) -> {
                seen[0] = net;
                return -5 - kern;
            };

            assertThat(Create.sock_create_kern(PF_FAKE, SOCK_STREAM, 0, res)).isEqualTo(-6);

            assertThat(seen[0]).isSameAs(init_net);
        }
    }

    @Nested
    class sock_register {
        private int register(int family) {
            net_proto_family f = new net_proto_family();
            f.family = family;
            return Create.sock_register(f);
        }

        @Test
        @DisplayName("a family is known under its number; -EEXIST: it is already; -ENOBUFS: no such number")
        void known() {
            assertThat(register(39)).isZero();
            assertThat(register(39)).isEqualTo(-EEXIST);
            assertThat(register(41)).isEqualTo(-ENOBUFS);
            assertThat(Printk.dmesg()).anyMatch(l -> l.text().equals("NET: Registered protocol family 39"));
        }
    }

    @Nested
    class sock_unregister {
        @Test
        @DisplayName("is known no more")
        void unknown() {
            Create.sock_unregister(PF_FAKE);
            assertThat(Create.sock_create(PF_FAKE, SOCK_STREAM, 0, res)).isEqualTo(-EAFNOSUPPORT);
        }
    }

    @Nested
    class socket_seq_show {
        @Test
        @DisplayName("counts sockets that are open")
        void counts() {
            int before = Integer.parseInt(used().strip().split(" ")[2]);
            family.socket();
            assertThat(used()).isEqualTo("sockets: used " + (before + 1) + "\n");
            Create.sockets_in_use = -1;
            assertThat(used()).isEqualTo("sockets: used 0\n");
        }
    }
}
