// SPDX-License-Identifier: GPL-2.0-only
package net.request_sock;

import static linux.bug.Bug.WARN_ON;
import static linux.errno.Errno.ENOMEM;
import static linux.jiffies.Jiffies.HZ;
import static linux.jiffies.Jiffies.jiffies;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.minU32;
import static linux.kernel.Kernel.roundup_pow_of_two;
import static linux.random.Random.get_random_bytes;
import static linux.tcp.Sockets.tcp_rsk;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.request_sock.Requests.reqsk_free;
import static net.sock.AcceptQueue.sk_acceptq_added;
import static net.sock.Nodes.sock_put;
import static net.tcp_states.TcpState.TCP_LISTEN;

import linux.gfp.Gfp;
import net.sock.sock;

/**
 * The queues of a listener. A SYN makes a request, which waits in the SYN queue ({@code listen_opt}, a hash table) for
 * the third ACK; then the request, with the new socket, waits in the accept queue.
 */
public final class Queues {
    private Queues() {}

    /**
     * How many requests may wait in the SYN queue of a listener whose backlog is larger ({@code
     * net.ipv4.tcp_max_syn_backlog}). TCP sets it when it boots, according to the size of its hash table.
     */
    public static int sysctl_max_syn_backlog;

    /** Takes all that wait to be accepted; {@code dl_next} links them. */
    public static request_sock reqsk_queue_yank_acceptq(request_sock_queue queue) {
        request_sock req = queue.rskq_accept_head;

        queue.rskq_accept_head = null;
        return req;
    }

    /** Does nobody wait to be accepted? */
    public static boolean reqsk_queue_empty(request_sock_queue queue) {
        return queue.rskq_accept_head == null;
    }

    /** Takes a request out of the SYN queue; {@code prev_req} leads to it. */
    public static void reqsk_queue_unlink(request_sock_queue queue, request_sock req, ReqLink prev_req) {
        prev_req.put(req.dl_next);
    }

    /** {@code child} waits to be accepted. */
    public static void reqsk_queue_add(request_sock_queue queue, request_sock req, sock parent, sock child) {
        req.sk = child;
        sk_acceptq_added(parent);

        if (queue.rskq_accept_head == null) {
            queue.rskq_accept_head = req;
        } else {
            queue.rskq_accept_tail.dl_next = req;
        }

        queue.rskq_accept_tail = req;
        req.dl_next = null;
    }

    /** Takes the one that has waited longest to be accepted; there is one. */
    public static request_sock reqsk_queue_remove(request_sock_queue queue) {
        request_sock req = queue.rskq_accept_head;

        WARN_ON(req == null);

        queue.rskq_accept_head = req.dl_next;
        if (queue.rskq_accept_head == null) {
            queue.rskq_accept_tail = null;
        }

        return req;
    }

    /** Counts a request that has left the SYN queue. @return how many are left */
    public static int reqsk_queue_removed(request_sock_queue queue, request_sock req) {
        listen_sock lopt = queue.listen_opt;

        if (req.num_timeout == 0) {
            --lopt.qlen_young;
        }

        return --lopt.qlen;
    }

    /** Counts a request that has come into the SYN queue. @return how many there were before */
    public static int reqsk_queue_added(request_sock_queue queue) {
        listen_sock lopt = queue.listen_opt;
        int prev_qlen = lopt.qlen;

        lopt.qlen_young++;
        lopt.qlen++;
        return prev_qlen;
    }

    public static int reqsk_queue_len(request_sock_queue queue) {
        return queue.listen_opt != null ? queue.listen_opt.qlen : 0;
    }

    /** Those whose SYN/ACK was not sent twice yet. */
    public static int reqsk_queue_len_young(request_sock_queue queue) {
        return queue.listen_opt.qlen_young;
    }

    public static boolean reqsk_queue_is_full(request_sock_queue queue) {
        return queue.listen_opt.qlen >> queue.listen_opt.max_qlen_log != 0;
    }

    /** Puts a request into the SYN queue; its SYN/ACK is sent again after {@code timeout} jiffies. */
    public static void reqsk_queue_hash_req(request_sock_queue queue, int hash, request_sock req, long timeout) {
        listen_sock lopt = queue.listen_opt;

        req.expires = jiffies + timeout;
        req.num_retrans = 0;
        req.num_timeout = 0;
        req.sk = null;
        req.dl_next = lopt.syn_table[hash];

        lopt.syn_table[hash] = req;
    }

    /**
     * The SYN queue of a new listener.
     *
     * @param nr_table_entries its backlog (u32); what it gets is between 8 and {@link #sysctl_max_syn_backlog}, plus
     *     one, rounded up to a power of two
     * @return 0 or {@code -ENOMEM}
     */
    public static int reqsk_queue_alloc(request_sock_queue queue, int nr_table_entries, int flags) {
        listen_sock lopt;
        int[] hash_rnd = new int[1];

        nr_table_entries = minU32(nr_table_entries, sysctl_max_syn_backlog);
        nr_table_entries = maxU32(nr_table_entries, 8);
        nr_table_entries = roundup_pow_of_two(nr_table_entries + 1);
        lopt = Gfp.fails(flags) ? null : new listen_sock();
        if (lopt == null) {
            return -ENOMEM;
        }
        lopt.syn_table = new request_sock[nr_table_entries];

        lopt.max_qlen_log = 3;
        while (1 << lopt.max_qlen_log < nr_table_entries) {
            lopt.max_qlen_log++;
        }

        get_random_bytes(hash_rnd);
        lopt.hash_rnd = hash_rnd[0];
        queue.rskq_accept_head = null;
        lopt.nr_table_entries = nr_table_entries;

        queue.listen_opt = lopt;

        return 0;
    }

    /** Frees a SYN queue that is empty and was never used: {@code listen} has failed. */
    public static void __reqsk_queue_destroy(request_sock_queue queue) {
        queue.listen_opt = null;
    }

    static listen_sock reqsk_queue_yank_listen_sk(request_sock_queue queue) {
        listen_sock lopt;

        lopt = queue.listen_opt;
        queue.listen_opt = null;

        return lopt;
    }

    /** The listener is closed: frees the SYN queue and every request in it. */
    public static void reqsk_queue_destroy(request_sock_queue queue) {
        listen_sock lopt = reqsk_queue_yank_listen_sk(queue);

        if (lopt.qlen != 0) {
            int i;

            for (i = 0; i < lopt.nr_table_entries; i++) {
                request_sock req;

                while ((req = lopt.syn_table[i]) != null) {
                    lopt.syn_table[i] = req.dl_next;
                    lopt.qlen--;
                    reqsk_free(req);
                }
            }
        }

        WARN_ON(lopt.qlen != 0);
    }

    /**
     * The handshake of a Fast Open connection is over, one way or the other: {@code sk} and its request part (RFC
     * 7413, section 4.2). The request goes when the connection has been accepted too.
     *
     * <p>If a reset has ended the handshake, the request stays for 60 s and counts as pending: so who sends SYNs with
     * a forged source soon gets no more Fast Open (RFC 7413, section 5.1).
     *
     * @param reset a RST has come
     */
    public static void reqsk_fastopen_remove(sock sk, request_sock req, boolean reset) {
        sock lsk = tcp_rsk(req).listener;
        fastopen_queue fastopenq = inet_csk(lsk).icsk_accept_queue.fastopenq;

        tcp_sk(sk).fastopen_rsk = null;
        fastopenq.qlen--;
        tcp_rsk(req).listener = null;
        out: {
            if (req.sk != null) {
                break out;
            }

            if (!reset || lsk.skc_state != TCP_LISTEN) {
                sock_put(lsk);
                reqsk_free(req);
                return;
            }
            req.expires = jiffies + 60 * HZ;
            if (fastopenq.rskq_rst_head == null) {
                fastopenq.rskq_rst_head = req;
            } else {
                fastopenq.rskq_rst_tail.dl_next = req;
            }

            req.dl_next = null;
            fastopenq.rskq_rst_tail = req;
            fastopenq.qlen++;
        }
        sock_put(lsk);
    }
}
