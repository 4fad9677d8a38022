// SPDX-License-Identifier: GPL-2.0-only
package af_inet;

import static af_inet.Protosw.inet_register_protosw;
import static linux.net.Create.__sock_create;
import static linux.net.Create.sock_create_lite;
import static linux.net.Create.sock_release;
import static net.inet_common.Globals.inet_stream_ops;
import static net.inet_sock.Sockets.inet_sk;
import static net.mptcp.Sysctls.sysctl_mptcp_enabled;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Alloc.sk_common_release;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_LINGER;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.in.In.INADDR_LOOPBACK;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.socket.SocketOpt.PF_INET;
import static uapi.linux.socket.SocketOpt.SOCK_SEQPACKET;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import java.util.ArrayList;
import java.util.List;
import linux.compiler.Ref;
import linux.net.socket;
import linux.socket.sockaddr_in;
import net.protocol.inet_protosw;
import net.sock.proto;
import raw.raw_sock;

/**
 * Sockets of the Internet family without descriptors: of TCP, and of a protocol that does nothing by itself and writes
 * down what it is asked to do. Made in {@code @BeforeEach}; {@link #closeAll} in {@code @AfterEach} resets what is still
 * connected.
 */
final class Sockets {
    /** The type of {@link #fake}'s sockets: one that no real protocol here has. */
    static final int SOCK_FAKE = SOCK_SEQPACKET;

    static final int IPPROTO_FAKE = 253;

    /** The protocol that does nothing; a test fills in what it needs. */
    final proto fake = new proto();

    final inet_protosw fakesw = new inet_protosw();

    /** What the protocol was asked to do. */
    final List<String> log = new ArrayList<>();

    private final List<socket> open = new ArrayList<>();

    Sockets() {
        sysctl_mptcp_enabled = 0;
        fake.name = "FAKE";
        fake.alloc = raw_sock::new;
        fake.close = (sk, timeout) -> {
            log.add("close " + timeout);
            sk.skc_state = TCP_CLOSE;
            sk_common_release(sk);
        };
        fake.unhash = sk -> log.add("unhash");
        fake.hash = sk -> log.add("hash");
        fake.get_port = (sk, snum) -> {
            log.add("get_port " + snum);
            inet_sk(sk).skc_num = snum != 0 ? snum : 4711;
            return 0;
        };
        fake.disconnect = (sk, flags) -> {
            log.add("disconnect");
            sk.skc_state = TCP_CLOSE;
            return 0;
        };
        fakesw.type = SOCK_FAKE;
        fakesw.protocol = IPPROTO_FAKE;
        fakesw.prot = fake;
        fakesw.ops = inet_stream_ops;
        inet_register_protosw(fakesw);
    }

    /** {@code socket(AF_INET, SOCK_STREAM)}. */
    socket tcp() {
        return make(SOCK_STREAM, 0);
    }

    /** A socket of {@link #fake}. */
    socket faked() {
        return make(SOCK_FAKE, 0);
    }

    private socket make(int type, int protocol) {
        Ref<socket> res = new Ref<>();
        assertThat(__sock_create(init_net, PF_INET, type, protocol, res, 0)).isZero();
        open.add(res.val);
        return res.val;
    }

    /** A socket for {@code accept}, with nothing in it yet. */
    socket empty() {
        Ref<socket> res = new Ref<>();
        assertThat(sock_create_lite(PF_INET, SOCK_STREAM, IPPROTO_TCP, res)).isZero();
        res.val.ops = inet_stream_ops;
        open.add(res.val);
        return res.val;
    }

    /** Listens on {@code port}, of any address. */
    socket listener(int port) {
        socket s = tcp();
        assertThat(bind(s, 0, port)).isZero();
        assertThat(Create.inet_listen(s, 5)).isZero();
        return s;
    }

    static int bind(socket s, int addr, int port) {
        return Connect.inet_bind(s, new sockaddr_in(addr, port), sockaddr_in.SIZE);
    }

    static int connect(socket s, int addr, int port, int flags) {
        return Connect.inet_stream_connect(s, new sockaddr_in(addr, port), sockaddr_in.SIZE, flags);
    }

    /** A socket connected to {@code port} of this host. */
    socket connected(int port) {
        socket s = tcp();
        assertThat(connect(s, INADDR_LOOPBACK, port, 0)).isZero();
        return s;
    }

    /** The next connection of {@code listener}. */
    socket accepted(socket listener) {
        socket s = empty();
        assertThat(Connect.inet_accept(listener, s, 0)).isZero();
        return s;
    }

    /** Closes all, connections with a RST: nothing is left to wait for. */
    void closeAll() {
        for (socket s : open) {
            if (s.sk != null) {
                sock_set_flag(s.sk, SOCK_LINGER);
                s.sk.sk_lingertime = 0;
            }
            sock_release(s);
        }
    }

    /** Closes all, and waits until Multipath TCP's works and timers are through with them. */
    void closeAndWait() {
        closeAll();
        open.clear();
        linux.sched.Sched.msleep(100_000);
    }
}
