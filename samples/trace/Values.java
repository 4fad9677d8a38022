// SPDX-License-Identifier: GPL-2.0-only
package trace;

import static linux.skbuff.Cb.TCP_SKB_CB;

import java.util.List;
import java.util.Set;
import linux.errno.Errno;
import linux.netdevice.net_device;
import linux.skbuff.sk_buff;
import linux.sched.task_struct;
import net.mptcp.mptcp_cb;
import net.request_sock.request_sock;
import net.sock.sock_common;
import net.tcp.tcp_skb_cb;

/** Arguments and results as a trace shows them. What says nothing in a line, such as tables of functions, is left out. */
final class Values {
    private Values() {}

    private static final Set<String> ADDRESSES = Set.of("saddr", "daddr", "addr", "loc_addr", "rem_addr", "laddr", "raddr", "faddr", "nexthop", "dst", "src");
    private static final Set<String> UNSIGNED = Set.of("seq", "ack", "ack_seq", "end_seq", "start_seq", "prior_snd_una", "tsval", "tsecr",
            "token", "data_seq", "data_ack", "sub_seq", "nwin", "hash", "seq1", "seq2", "seq3");
    private static final List<String> STATES = List.of("0", "TCP_ESTABLISHED", "TCP_SYN_SENT", "TCP_SYN_RECV", "TCP_FIN_WAIT1", "TCP_FIN_WAIT2",
            "TCP_TIME_WAIT", "TCP_CLOSE", "TCP_CLOSE_WAIT", "TCP_LAST_ACK", "TCP_LISTEN", "TCP_CLOSING");

    /** The flags of a segment, from bit 0 on. */
    private static final String FLAGS = "FSRPAUEC";

    static String arguments(Call c, Names names) {
        StringBuilder b = new StringBuilder();
        for (int i = 0; i < c.args.length; i++) {
            String name = c.function.parameters.get(i);
            String value = value(c, name, c.args[i], names);
            if (value != null) {
                b.append(b.length() == 0 ? "" : ", ").append(name).append('=').append(value);
            }
        }
        return b.toString();
    }

    private static String value(Call c, String name, Object o, Names names) {
        if (o instanceof Integer) {
            return number(name, (Integer) o);
        }
        if (o instanceof Long && name.contains("key")) {
            return Long.toHexString((Long) o);
        }
        if (o instanceof Long || o instanceof Boolean) {
            return o.toString();
        }
        if (o instanceof String) {
            return '"' + ((String) o).replaceAll("[{};()|]", "_") + '"';
        }
        return object(c, o, names);
    }

    private static String object(Call c, Object o, Names names) {
        if (o instanceof request_sock) {
            return "request";
        }
        if (o instanceof sock_common) {
            return o instanceof net.sock.sock ? names.of((sock_common) o) : "time-wait";
        }
        if (o instanceof sk_buff) {
            return packet(c, (sk_buff) o, names);
        }
        if (o instanceof net_device) {
            return ((net_device) o).name;
        }
        if (o instanceof task_struct) {
            return ((task_struct) o).comm;
        }
        if (o instanceof mptcp_cb) {
            mptcp_cb mpcb = (mptcp_cb) o;
            return mpcb.meta_sk == null ? "mpcb" : names.of(mpcb.meta_sk);
        }
        return null;
    }

    /** {@code [#5 SA 1000:1001]}: a packet's number once it has passed a device; flags and sequence numbers once TCP has it. */
    private static String packet(Call c, sk_buff skb, Names names) {
        StringBuilder b = new StringBuilder("[");
        int number = names.packet(skb);
        if (number > 0) {
            b.append('#').append(number).append(' ');
        }
        tcp_skb_cb cb = TCP_SKB_CB(skb);
        if (c.function.file.contains("tcp") && cb != null && (cb.seq != 0 || cb.end_seq != 0)) {
            flags(b, cb.tcp_flags).append(Integer.toUnsignedString(cb.seq)).append(':').append(Integer.toUnsignedString(cb.end_seq));
        } else {
            b.append("len ").append(skb.len);
        }
        return b.append(']').toString();
    }

    private static StringBuilder flags(StringBuilder b, int flags) {
        int from = b.length();
        for (int i = 0; i < FLAGS.length(); i++) {
            if ((flags & 1 << i) != 0) {
                b.append(FLAGS.charAt(i));
            }
        }
        return b.length() == from ? b : b.append(' ');
    }

    private static String number(String name, int n) {
        if (name.equals("state") && n > 0 && n < STATES.size()) {
            return STATES.get(n);
        }
        if (ADDRESSES.contains(name)) {
            return (n >>> 24) + "." + (n >> 16 & 0xff) + "." + (n >> 8 & 0xff) + "." + (n & 0xff);
        }
        return UNSIGNED.contains(name) ? Integer.toUnsignedString(n) : Integer.toString(n);
    }

    /** {@code 1}, {@code -EAGAIN}, {@code client/meta}; null if there is nothing to say. */
    static String result(Call c, Object o, Names names) {
        if (o instanceof Integer) {
            int n = (Integer) o;
            return n < -1 && n > -134 ? "-" + Errno.name(n) : Integer.toString(n);
        }
        if (o instanceof Boolean || o instanceof Long) {
            return o.toString();
        }
        return object(c, o, names);
    }
}
