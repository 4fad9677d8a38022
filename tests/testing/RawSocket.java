// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static af_inet.Boot.inet_ctl_sock_create;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Queue.skb_dequeue;
import static net.inet_common.CtlSock.inet_ctl_sock_destroy;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.socket.SocketOpt.PF_INET;
import static uapi.linux.socket.SocketOpt.SOCK_RAW;

import java.util.ArrayList;
import java.util.List;
import linux.compiler.Ref;
import linux.skbuff.sk_buff;
import net.net_namespace.net;
import net.sock.sock;
import raw.raw_sock;

/** A raw socket of the kernel that receives: programs cannot have any. */
public final class RawSocket {
    private RawSocket() {}

    /** One that gets the packets of a protocol. */
    public static raw_sock open(net net, int protocol) {
        Ref<sock> sk = new Ref<>();
        assertThat(inet_ctl_sock_create(sk, PF_INET, SOCK_RAW, protocol, net)).isZero();
        sk.val.skc_prot.hash.call(sk.val);
        return (raw_sock) sk.val;
    }

    /** Throws away what it has not read. */
    public static void close(sock sk) {
        inet_ctl_sock_destroy(sk);
    }

    /** The packets that it has got, from their IP headers on. */
    public static List<byte[]> received(sock sk) {
        List<byte[]> all = new ArrayList<>();
        sk_buff skb;
        while ((skb = skb_dequeue(sk.sk_receive_queue)) != null) {
            all.add(Skbs.bytes(skb));
            kfree_skb(skb);
        }
        return all;
    }
}
