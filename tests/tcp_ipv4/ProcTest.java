// SPDX-License-Identifier: GPL-2.0-only
package tcp_ipv4;

import static linux.errno.Errno.ENOMEM;
import static linux.interrupt.Softirq.preempt_count;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.SocketCalls.sys_send;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_EARLY_RETRANS;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_LOSS_PROBE;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_PROBE0;
import static net.net_namespace.NetNs.init_net;
import static net.sock.SockTimers.sk_reset_timer;
import static net.sock.SockTimers.sk_stop_timer;
import static net.tcp.Globals.tcp_hashinfo;
import static net.tcp.TcpConst.TCP_SEQ_STATE_ESTABLISHED;
import static net.tcp.TcpConst.TCP_SEQ_STATE_LISTENING;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.FakeDevice.made;
import static testing.MptcpTrajectory.connection;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.FIN;
import static testing.ScriptedPeer.PSH;
import static testing.ScriptedPeer.RST;
import static testing.ScriptedPeer.SYN;
import static testing.ScriptedPeer.sk;
import static uapi.linux.socket.SocketOpt.AF_INET;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import linux.compiler.LongRef;
import linux.jiffies.Jiffies;
import linux.seq_file.seq_file;
import linux.tcp.tcp_request_sock;
import linux.tcp.tcp_sock;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import net.request_sock.request_sock;
import net.sock.sock_common;
import net.tcp.tcp_iter_state;
import net.tcp.tcp_seq_afinfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.ScriptedPeer;

@KernelTest
class ProcTest {
    private ScriptedPeer peer;
    private seq_file seq;
    private tcp_iter_state st;

    @BeforeEach
    void begin() {
        peer = new ScriptedPeer();
        seq = new seq_file();
        Proc.tcp_seq_open(Proc.tcp4_seq_afinfo, init_net, seq);
        st = (tcp_iter_state) seq.private_;
    }

    @AfterEach
    void end() {
        assertThat(preempt_count()).as("locks still held").isZero();
        peer.end();
    }

    /** A request in the queue of a listener on {@code hostPort}, from port {@code port}. */
    private tcp_request_sock request(int listener, int port) {
        peer.port = port;
        peer.hostPort = sk(listener).inet_sport;
        peer.options = ScriptedPeer.MSS_OPTION;
        peer.send(SYN);
        peer.options = new byte[0];
        for (request_sock req : sk(listener).icsk_accept_queue.listen_opt.syn_table) {
            for (; req != null; req = req.dl_next) {
                if (req.skc_dport == port) {
                    return (tcp_request_sock) req;
                }
            }
        }
        throw new AssertionError("no request");
    }

    /** Goes to the end of the walk from {@code v}, so that all locks are free again. */
    private void finish(Object v) {
        LongRef pos = new LongRef();
        while (v != null) {
            v = Proc.tcp_seq_next(seq, v, pos);
        }
        Proc.tcp_seq_stop(seq, null);
    }

    private static String proc() {
        return init_net.proc_net.read("tcp");
    }

    private static List<String> lines() {
        return proc().lines().skip(1).toList();
    }

    @Nested
    class listening_get_next {
        @Test
        @DisplayName("each listener, then its requests, then the next listener")
        void order() {
            int a = peer.listener(80);
            int b = peer.listener(81);
            tcp_request_sock r1 = request(a, 1001);
            tcp_request_sock r2 = request(a, 1002);

            List<Object> seen = new ArrayList<>();
            for (Object o = Proc.listening_get_next(seq, null); o != null; o = Proc.listening_get_next(seq, o)) {
                seen.add(o);
            }

            assertThat(seen).containsExactlyInAnyOrder(sk(a), r1, r2, sk(b));
            assertThat(seen.indexOf(r1) - seen.indexOf(sk(a))).isBetween(1, 2);
            assertThat(seen.indexOf(r2) - seen.indexOf(sk(a))).isBetween(1, 2);
            assertThat(st.state).isEqualTo(TCP_SEQ_STATE_LISTENING);
            assertThat(st.num).isEqualTo(4);
        }

        @Test
        @DisplayName("listeners of other namespaces and families are left out")
        void others() {
            int a = peer.listener(80);
            tcp_sock tp = sk(a);
            tp.skc_net = NetNs.create("other");
            assertThat(Proc.listening_get_next(seq, null)).isNull();

            tp.skc_net = init_net;
            st.bucket = 0;
            st.family = 10;
            assertThat(Proc.listening_get_next(seq, null)).isNull();
        }

        @Test
        @DisplayName("a listener of another family may have requests of this one")
        void mapped() {
            int a = peer.listener(80);
            tcp_request_sock r = request(a, 1001);
            sk(a).skc_family = 10;

            assertThat(Proc.listening_get_next(seq, null)).isSameAs(r);
            assertThat(Proc.listening_get_next(seq, r)).isNull();
            sk(a).skc_family = AF_INET;
        }

        @Test
        @DisplayName("the requests of the first row of the table are not left out")
        void first_row() {
            int a = peer.listener(80);
            request_sock[] table = sk(a).icsk_accept_queue.listen_opt.syn_table;
            tcp_request_sock r = request(a, 1001);
            for (int port = 1002; table[0] == null; port++) {
                peer.send(RST);
                r = request(a, port);
            }

            assertThat(Proc.listening_get_next(seq, null)).isSameAs(sk(a));
            assertThat(Proc.listening_get_next(seq, sk(a))).isSameAs(r);
            assertThat(Proc.listening_get_next(seq, r)).isNull();
        }
    }

    @Nested
    class listening_get_idx {
        @Test
        @DisplayName("counts down; what is left over is for the connections")
        void counts() {
            int a = peer.listener(80);
            tcp_request_sock r = request(a, 1001);

            assertThat(Proc.listening_get_idx(seq, new LongRef(1))).isSameAs(r);
            assertThat(Proc.listening_get_next(seq, r)).isNull();
            LongRef pos = new LongRef(5);
            assertThat(Proc.listening_get_idx(seq, pos)).isNull();
            assertThat(pos.val).isEqualTo(3);
        }
    }

    @Nested
    class empty_bucket {
        @Test
        @DisplayName("is that of a connection not")
        void bucket() {
            tcp_sock tp = sk(peer.accepted());
            st.bucket = tp.skc_hash & tcp_hashinfo.ehash_mask;
            assertThat(Proc.empty_bucket(st)).isFalse();

            st.bucket ^= 1;
            assertThat(Proc.empty_bucket(st)).isTrue();
        }
    }

    @Nested
    class established_get_first {
        @Test
        @DisplayName("the first one from the bucket on; its bucket stays locked")
        void first() {
            tcp_sock tp = sk(peer.accepted());

            assertThat(Proc.established_get_first(seq)).isSameAs(tp);

            assertThat(preempt_count()).isNotZero();
            assertThat(st.bucket).isEqualTo(tp.skc_hash & tcp_hashinfo.ehash_mask);
            assertThat(Proc.established_get_next(seq, tp)).isNull();
        }

        @Test
        @DisplayName("none of another namespace or family")
        void others() {
            tcp_sock tp = sk(peer.accepted());
            st.family = 10;
            assertThat(Proc.established_get_first(seq)).isNull();

            st.bucket = 0;
            st.family = AF_INET;
            st.net = NetNs.create("other");
            assertThat(Proc.established_get_first(seq)).isNull();
            assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);
        }
    }

    @Nested
    class established_get_next {
        @Test
        @DisplayName("walks along the chain and on to the next bucket")
        void next() {
            int l = peer.listener(80);
            Set<Object> all = new HashSet<>();
            for (int i = 0; i < 3; i++) {
                peer.port = 2000 + i;
                peer.handshake(ScriptedPeer.MSS_OPTION);
                all.add(sk(peer.accept(l)));
            }

            Set<Object> seen = new HashSet<>();
            for (Object o = Proc.established_get_first(seq); o != null; o = Proc.established_get_next(seq, o)) {
                seen.add(o);
            }

            assertThat(seen).isEqualTo(all);
            assertThat(st.num).isEqualTo(3);
        }
    }

    @Nested
    class established_get_idx {
        @Test
        @DisplayName("the first is number 0")
        void number() {
            tcp_sock tp = sk(peer.accepted());
            st.state = TCP_SEQ_STATE_ESTABLISHED;

            Object o = Proc.established_get_idx(seq, 0);
            assertThat(o).isSameAs(tp);
            finish(o);
            assertThat(Proc.established_get_idx(seq, 1)).isNull();
        }
    }

    @Nested
    class tcp_get_idx {
        @Test
        @DisplayName("listeners come before connections")
        void order() {
            int fd = peer.accepted();

            Object first = Proc.tcp_get_idx(seq, 0);
            assertThat(((sock_common) first).skc_state).isEqualTo(TCP_LISTEN);
            finish(first);
            st.num = 0;
            Object second = Proc.tcp_get_idx(seq, 1);
            assertThat(second).isSameAs(sk(fd));
            assertThat(st.state).isEqualTo(TCP_SEQ_STATE_ESTABLISHED);
            finish(second);
        }
    }

    @Nested
    class tcp_seek_last_pos {
        @Test
        @DisplayName("goes on at the bucket and the offset of the last time, whatever has become of them")
        void again() {
            int fd = peer.accepted();
            LongRef pos = new LongRef(2);
            Object o = Proc.tcp_seq_start(seq, pos);
            assertThat(o).isSameAs(sk(fd));
            Proc.tcp_seq_stop(seq, o);

            Object again = Proc.tcp_seek_last_pos(seq);
            assertThat(again).isSameAs(o);
            Proc.tcp_seq_stop(seq, again);

            st.bucket = tcp_hashinfo.ehash_mask + 1;
            assertThat(Proc.tcp_seek_last_pos(seq)).isNull();
        }

        @Test
        @DisplayName("a request is found again behind its listener")
        void request_again() {
            int a = peer.listener(80);
            tcp_request_sock r = request(a, 1001);
            LongRef pos = new LongRef(2);
            Object o = Proc.tcp_seq_start(seq, pos);
            assertThat(o).isSameAs(r);
            Proc.tcp_seq_stop(seq, o);

            assertThat(Proc.tcp_seek_last_pos(seq)).isSameAs(r);
            Proc.tcp_seq_stop(seq, r);
        }

        @Test
        @DisplayName("when the listeners are through the connections follow")
        void past_listeners() {
            int fd = peer.accepted();
            st.state = TCP_SEQ_STATE_LISTENING;
            st.bucket = 31;
            st.offset = 7;
            // All of the offset is used up among the listeners, as far as there are any.
            Object o = Proc.tcp_seek_last_pos(seq);

            assertThat(o == null || o == sk(fd)).isTrue();
            assertThat(st.state).isEqualTo(TCP_SEQ_STATE_ESTABLISHED);
            Proc.tcp_seq_stop(seq, o);
        }
    }

    @Nested
    class tcp_seq_start {
        @Test
        @DisplayName("number 0 is the title, 1 the first socket")
        void title() {
            int fd = peer.listener(80);
            assertThat(Proc.tcp_seq_start(seq, new LongRef(0))).isSameAs(seq_file.SEQ_START_TOKEN);
            Proc.tcp_seq_stop(seq, seq_file.SEQ_START_TOKEN);

            Object o = Proc.tcp_seq_start(seq, new LongRef(1));
            assertThat(o).isSameAs(sk(fd));
            assertThat(st.last_pos).isEqualTo(1);
            Proc.tcp_seq_stop(seq, o);
        }
    }

    @Nested
    class tcp_seq_next {
        @Test
        @DisplayName("from the title through listeners and requests to the connections")
        void everywhere() {
            int fd = peer.accepted();
            int a = peer.listener(81);
            tcp_request_sock r = request(a, 1001);

            List<Object> seen = new ArrayList<>();
            LongRef pos = new LongRef();
            Object o = Proc.tcp_seq_start(seq, pos);
            while ((o = Proc.tcp_seq_next(seq, o, pos)) != null) {
                seen.add(o);
            }
            Proc.tcp_seq_stop(seq, null);

            assertThat(seen).hasSize(4).contains(sk(a), r).endsWith(sk(fd));
            assertThat(pos.val).isEqualTo(5);
            assertThat(st.last_pos).isEqualTo(5);
        }
    }

    @Nested
    class tcp_seq_stop {
        @Test
        @DisplayName("frees the bucket, and the SYN queue of a request")
        void unlocks() {
            int a = peer.listener(80);
            tcp_request_sock r = request(a, 1001);

            Object o = Proc.tcp_seq_start(seq, new LongRef(1));
            int one = preempt_count();
            assertThat(one).isNotZero();
            Proc.tcp_seq_stop(seq, o);
            assertThat(preempt_count()).isZero();

            o = Proc.tcp_seq_start(seq, new LongRef(2));
            assertThat(o).isSameAs(r);
            assertThat(preempt_count()).isEqualTo(2 * one);
            Proc.tcp_seq_stop(seq, o);
            assertThat(preempt_count()).isZero();
        }
    }

    @Nested
    class tcp_seq_open {
        @Test
        @DisplayName("a walk of its own for each reader")
        void opened() {
            seq_file other = new seq_file();

            assertThat(Proc.tcp_seq_open(Proc.tcp4_seq_afinfo, init_net, other)).isZero();

            assertThat(other.private_).isNotSameAs(seq.private_);
            assertThat(((tcp_iter_state) other.private_).family).isEqualTo(AF_INET);
            assertThat(other.op).isSameAs(Proc.tcp4_seq_afinfo.seq_ops);
        }
    }

    @Nested
    class tcp_proc_register {
        @Test
        @DisplayName("makes the file")
        void made() {
            tcp_seq_afinfo afinfo = new tcp_seq_afinfo();
            afinfo.name = "tcp_too";
            afinfo.family = AF_INET;
            afinfo.open = Proc::tcp_seq_open;
            afinfo.seq_ops.show = Proc::tcp4_seq_show;

            assertThat(Proc.tcp_proc_register(init_net, afinfo)).isZero();

            assertThat(init_net.proc_net.read("tcp_too")).isEqualTo(proc());
        }
    }

    @Nested
    class tcp_proc_unregister {
        @Test
        @DisplayName("and takes it away")
        void gone() {
            Proc.tcp_proc_unregister(init_net, Proc.tcp4_seq_afinfo);

            assertThat(proc()).isNull();
        }
    }

    @Nested
    class get_openreq4 {
        @Test
        @DisplayName("state 03, the time to the next SYN/ACK, how often the timer ran out")
        void line() {
            int a = peer.listener(80);
            tcp_request_sock r = request(a, 1001);
            r.num_timeout = 2;
            r.expires = Jiffies.jiffies + 300;

            Proc.get_openreq4(sk(a), r, seq, 1, 7);

            assertThat(seq.text()).isEqualTo("   1: 0100000A:0050 0200000A:03E9 03 00000000:00000000 01:0000001E"
                    + " 00000002     7        0 0 " + sk(a).skc_refcnt + " 0000000000000000");
        }
    }

    @Nested
    class get_tcp4_sock {
        private String line(tcp_sock tp) {
            seq_file f = new seq_file();
            Proc.get_tcp4_sock(tp, f, 3);
            return f.text();
        }

        @Test
        @DisplayName("addresses as they lie in memory, what is not acknowledged, what is not read, the timer")
        void connection() {
            int fd = peer.accepted();
            tcp_sock tp = sk(fd);
            peer.send(ACK | PSH, new byte[7]);
            sys_send(fd, new byte[1000], 0, 1000, 0);

            assertThat(line(tp)).startsWith("   3: 0100000A:0050 0200000A:9C40 01 000003E8:00000007 01:")
                    .contains(" 00000000     0        0 ")
                    .endsWith(" 0000000000000000 " + tp.icsk_rto / 10 + " " + tp.icsk_ack.ato / 10 + " "
                            + (tp.icsk_ack.quick << 1 | tp.icsk_ack.pingpong) + " 10 -1");
        }

        @Test
        @DisplayName("of a listener: connections that wait")
        void listener() {
            int l = peer.listener(80);
            peer.handshake(ScriptedPeer.MSS_OPTION);

            assertThat(line(sk(l))).startsWith("   3: 00000000:0050 00000000:0000 0A 00000000:00000001 00:00000000")
                    .endsWith(" 10 0");
        }

        @Test
        @DisplayName("timers: 4 for a window probe, 2 for keepalive, 0 for none")
        void timers() {
            tcp_sock tp = sk(peer.accepted());
            assertThat(line(tp)).contains(" 00:00000000 ");

            tp.icsk_pending = ICSK_TIME_PROBE0;
            tp.icsk_timeout = Jiffies.jiffies + 50;
            assertThat(line(tp)).contains(" 04:00000005 ");
            tp.icsk_pending = ICSK_TIME_LOSS_PROBE;
            assertThat(line(tp)).contains(" 01:00000005 ");
            tp.icsk_pending = ICSK_TIME_EARLY_RETRANS;
            assertThat(line(tp)).contains(" 01:00000005 ");

            tp.icsk_pending = 0;
            sk_reset_timer(tp, tp.sk_timer, Jiffies.jiffies + 100);
            assertThat(line(tp)).contains(" 02:0000000A ");
            sk_stop_timer(tp, tp.sk_timer);
        }

        @Test
        @DisplayName("a slow-start threshold that is in force is shown, else -1")
        void ssthresh() {
            tcp_sock tp = sk(peer.accepted());
            tp.snd_ssthresh = 7;

            assertThat(line(tp)).endsWith(" 10 7");
        }
    }

    @Nested
    class get_timewait4_sock {
        @Test
        @DisplayName("state 06 and timer 3, with the time that is left")
        void line() {
            sys_close(peer.accepted());
            peer.ack++;
            peer.send(FIN | ACK);

            assertThat(lines()).anySatisfy(l -> assertThat(l.strip()).matches(
                    "1: 0100000A:0050 0200000A:9C40 06 00000000:00000000 03:000017[67].* 00000000 +0 +0 0 3 0{16}"));
        }
    }

    @Nested
    class tcp4_seq_show {
        @Test
        @DisplayName("every line has 150 characters")
        void width() {
            peer.accepted();

            assertThat(proc().lines()).hasSize(3).allMatch(l -> l.length() == 149);
            assertThat(proc()).startsWith("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt"
                    + "   uid  timeout inode ");
        }

        @Test
        @DisplayName("a long list is read page by page, without losing anybody or showing him twice")
        void pages() {
            int l = peer.listener(80);
            for (int i = 0; i < 70; i++) {
                peer.port = 3000 + i;
                peer.handshake(ScriptedPeer.MSS_OPTION);
                peer.accept(l);
            }

            List<String> all = lines();

            assertThat(all).hasSize(71);
            for (int i = 0; i < 71; i++) {
                assertThat(all.get(i)).startsWith(String.format("%4d: ", i));
            }
            assertThat(all.stream().map(s -> s.substring(20, 33)).distinct()).hasSize(71);
        }

        @Test
        @DisplayName("requests stand behind their listener")
        void requests() {
            request(peer.listener(80), 1001);

            assertThat(lines().get(1)).startsWith("   1: 0100000A:0050 0200000A:03E9 03 ");
        }
    }

    @Nested
    class tcp4_proc_init_net {
        @Test
        @DisplayName("each namespace has a file of its own")
        void own() {
            peer.listener(80);
            net other = NetNs.create("other");

            assertThat(other.proc_net.read("tcp").lines()).hasSize(1);
            assertThat(lines()).hasSize(1);
        }
    }

    @Nested
    class tcp4_proc_exit_net {
        @Test
        @DisplayName("takes it away again")
        void gone() {
            Proc.tcp4_proc_exit_net(init_net);

            assertThat(proc()).isNull();
        }
    }

    @Nested
    class tcp4_proc_init {
        @Test
        @DisplayName("is for all namespaces")
        void everywhere() {
            init_net.proc_net.remove("tcp");

            assertThat(Proc.tcp4_proc_init()).isZero();

            assertThat(proc()).isNotNull();
        }

        @Test
        @DisplayName("-ENOMEM: a namespace could not have it")
        void no_memory() {
            Proc.tcp4_net_ops.init = net -> -ENOMEM;

            assertThat(Proc.tcp4_proc_init()).isEqualTo(-ENOMEM);
        }
    }

    @Nested
    class tcp4_proc_exit {
        @Test
        @DisplayName("so is the end")
        void end() {
            Proc.tcp4_proc_exit();

            assertThat(proc()).isNull();
        }
    }
}
