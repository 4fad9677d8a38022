// SPDX-License-Identifier: GPL-2.0-only
package mptcp_input;

import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.min;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_ctrl.Functions.mptcp_set_rto;
import static net.mptcp.MetaSockets.is_master_tp;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.mptcp.Subflows.mptcp_sk_can_send;
import static net.sock.Memory.sk_memory_allocated;
import static net.sock.Memory.sk_prot_mem_limits;
import static net.sock.Memory.sk_under_memory_pressure;
import static net.sock.sock.SOCK_RCVBUF_LOCK;
import static net.sock.sock.SOCK_SNDBUF_LOCK;
import static net.tcp.Sysctls.sysctl_tcp_rmem;
import static net.tcp.Sysctls.sysctl_tcp_wmem;
import static net.tcp.Timestamps.tcp_time_stamp;
import static tcp_input.Buffers.tcp_init_buffer_space;
import static tcp_input.Rtt.tcp_set_rto;
import static uapi.linux.socket.SocketOpt.SOCK_NOSPACE;

import linux.tcp.tcp_sock;
import net.sock.sock;

/**
 * Buffers and timeout of subflows, where they differ from those of plain TCP: the functions behind {@code
 * tp.should_expand_sndbuf}, {@code tp.init_buffer_space} and {@code tp.set_rto}. Only the meta socket's buffers count;
 * they grow with each subflow that joins.
 */
public final class Buffers {
    private Buffers() {}

    /**
     * Could a subflow send more if the application were let to write more? Asked when an ACK has freed memory. Backup
     * paths count only if there is nothing else.
     */
    public static boolean mptcp_should_expand_sndbuf(sock sk) {
        tcp_sock sk_it;
        sock meta_sk = mptcp_meta_sk(sk);
        tcp_sock meta_tp = tcp_sk(meta_sk);
        int cnt_backups = 0;
        int backup_available = 0;

        // Nobody waits for room to write.
        if (meta_sk.sk_socket == null
                || (meta_sk.sk_socket.flags & 1 << SOCK_NOSPACE) == 0) {
            return false;
        }

        if ((meta_sk.sk_userlocks & SOCK_SNDBUF_LOCK) != 0) {
            return false;
        }

        if (sk_under_memory_pressure(meta_sk)) {
            return false;
        }

        if (sk_memory_allocated(meta_sk) >= sk_prot_mem_limits(meta_sk, 0)) {
            return false;
        }

        for (sk_it = meta_tp.mpcb.connection_list; sk_it != null; sk_it = sk_it.mptcp.next) {
            tcp_sock tp_it = sk_it;

            if (!mptcp_sk_can_send(sk_it)) {
                continue;
            }

            if (tp_it.mptcp.rcv_low_prio || tp_it.mptcp.low_prio) {
                cnt_backups++;
            }

            if (ltU32(tp_it.packets_out, tp_it.snd_cwnd)) {
                if (tp_it.mptcp.rcv_low_prio || tp_it.mptcp.low_prio) {
                    backup_available = 1;
                    continue;
                }
                return true;
            }
        }

        if (meta_tp.mpcb.cnt_established == cnt_backups && backup_available != 0) {
            return true;
        }
        return false;
    }

    /**
     * A subflow is established: the meta socket takes over the buffers and windows of the first one, and of each other
     * one adds them to its own, up to what the sysctls allow.
     */
    public static void mptcp_init_buffer_space(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        sock meta_sk = mptcp_meta_sk(sk);
        tcp_sock meta_tp = tcp_sk(meta_sk);
        int space;

        tcp_init_buffer_space(sk);

        if (is_master_tp(tp)) {
            meta_tp.rcvq_space.space = meta_tp.rcv_wnd;
            meta_tp.rcvq_space.time = tcp_time_stamp();
            meta_tp.rcvq_space.seq = meta_tp.copied_seq;

            meta_tp.window_clamp = tp.window_clamp;
            meta_tp.rcv_ssthresh = tp.rcv_ssthresh;
            meta_sk.sk_rcvbuf = sk.sk_rcvbuf;
            meta_sk.sk_sndbuf = sk.sk_sndbuf;

            return;
        }

        if ((meta_sk.sk_userlocks & SOCK_RCVBUF_LOCK) == 0) {
            space = min(meta_sk.sk_rcvbuf + sk.sk_rcvbuf, sysctl_tcp_rmem[2]);
            if (space > meta_sk.sk_rcvbuf) {
                meta_tp.window_clamp += tp.window_clamp;
                meta_tp.rcv_ssthresh += tp.rcv_ssthresh;
                meta_sk.sk_rcvbuf = space;
            }
        }

        if ((meta_sk.sk_userlocks & SOCK_SNDBUF_LOCK) != 0) {
            return;
        }

        space = min(meta_sk.sk_sndbuf + sk.sk_sndbuf, sysctl_tcp_wmem[2]);
        if (space > meta_sk.sk_sndbuf) {
            meta_sk.sk_sndbuf = space;
            meta_sk.sk_write_space.call(meta_sk);
        }
    }

    /** A subflow's round-trip time has changed, so its timeout has, and with it the meta socket's. */
    public static void mptcp_tcp_set_rto(sock sk) {
        tcp_set_rto(sk);
        mptcp_set_rto(sk);
    }
}
