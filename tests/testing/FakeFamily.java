// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.net.Create.__sock_create;
import static linux.net.Create.sock_register;
import static linux.net.Create.sock_release;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Alloc.sk_alloc;
import static net.sock.Alloc.sock_init_data;
import static net.sock.Fields.sock_orphan;
import static net.sock.Nodes.sock_put;
import static net.sock.Protos.proto_register;
import static net.sock.Stream.sk_stream_kill_queues;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import java.util.ArrayList;
import java.util.List;
import linux.compiler.IntRef;
import linux.compiler.LongRef;
import linux.compiler.Ref;
import linux.net.net_proto_family;
import linux.net.proto_ops;
import linux.net.socket;
import linux.percpu_counter.percpu_counter;
import linux.skbuff.Queue;
import linux.skbuff.sk_buff;
import net.sock.proto;
import net.sock.sock;

/**
 * An address family that does nothing by itself: for tests of what lies between system calls and protocols. Its tables
 * can be filled in as a test likes. Made in {@code @BeforeEach}, when the machine has been booted.
 */
public final class FakeFamily {
    /** A number that no real family of this stack has. */
    public static final int PF_FAKE = 40;

    public final proto proto = new proto();
    public final proto_ops ops = new proto_ops();

    /** What was called, for tests that look at an order. */
    public final List<String> log = new ArrayList<>();

    private final List<socket> open = new ArrayList<>();
    private final List<sock> bare = new ArrayList<>();

    public FakeFamily() {
        proto.name = "FAKE";
        proto.alloc = sock::new;
        proto.memory_allocated = new LongRef();
        proto.sockets_allocated = new percpu_counter();
        proto.memory_pressure = new IntRef();
        proto.enter_memory_pressure = sk -> proto.memory_pressure.val = 1;
        proto.sysctl_mem = new long[] {10, 20, 30};
        proto.sysctl_wmem = new int[] {4096, 16384, 65536};
        proto.sysctl_rmem = new int[] {4096, 16384, 65536};
        proto_register(proto, 1);

        ops.family = PF_FAKE;
        ops.release = sock -> {
            sock sk = sock.sk;
            if (sk != null) {
                sock.sk = null;
                end(sk);
            }
            return 0;
        };

        net_proto_family family = new net_proto_family();
        family.family = PF_FAKE;
        family.create = (net, sock, protocol, kern) -> {
            sock sk = sk_alloc(net, PF_FAKE, GFP_KERNEL, proto);
            if (sk == null) {
                return -linux.errno.Errno.ENOBUFS;
            }
            sock.ops = ops;
            setUp(sock, sk);
            return 0;
        };
        assertThat(sock_register(family)).isZero();
    }

    private void setUp(socket sock, sock sk) {
        sock_init_data(sock, sk);
        sk.sk_backlog_rcv = (s, skb) -> {
            linux.skbuff.Free.kfree_skb(skb);
            return 0;
        };
        sk.sk_protocol = 0;
        sk.sk_type = SOCK_STREAM;
    }

    private static void end(sock sk) {
        sock_orphan(sk);
        sk_buff skb;
        while ((skb = Queue.__skb_dequeue(sk.sk_write_queue)) != null) {
            linux.skbuff.Free.kfree_skb(skb);
        }
        sk_stream_kill_queues(sk);
        sock_put(sk);
    }

    /** An open socket of the family, as {@code socket} makes it, without a descriptor. {@link #closeAll} closes it. */
    public socket socket() {
        Ref<socket> res = new Ref<>();
        assertThat(__sock_create(init_net, PF_FAKE, SOCK_STREAM, 0, res, 0)).isZero();
        open.add(res.val);
        return res.val;
    }

    /** The network's side of an open socket. */
    public sock sock() {
        return socket().sk;
    }

    /** A socket that nobody has open. {@link #closeAll} frees it. */
    public sock orphan() {
        sock sk = sk_alloc(init_net, PF_FAKE, GFP_KERNEL, proto);
        setUp(null, sk);
        bare.add(sk);
        return sk;
    }

    /** The test sees to the end of {@code sk} itself. */
    public void disown(sock sk) {
        bare.remove(sk);
        open.removeIf(s -> s.sk == sk);
    }

    /** Closes what the test has opened. */
    public void closeAll() {
        for (socket s : open) {
            if (s.ops != null) {
                sock_release(s);
            }
        }
        for (sock sk : bare) {
            end(sk);
        }
        open.clear();
        bare.clear();
    }
}
