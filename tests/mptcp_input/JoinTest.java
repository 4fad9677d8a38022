// SPDX-License-Identifier: GPL-2.0-only
package mptcp_input;

import static inet_hashtables.Lookup.__inet_lookup_established;
import static inet_timewait_sock.Twsk.inet_twsk_put;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Free.kfree_skb;
import static linux.syscalls.FileCalls.sys_close;
import static linux.tcp.Header.tcp_hdr;
import static linux.types.Be.put32;
import static net.inet_timewait_sock.Twsk.inet_twsk;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp.Globals.tcp_hashinfo;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.FIN;
import static testing.ScriptedPeer.RST;
import static testing.ScriptedPeer.SYN;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPBACKLOGDROP;

import java.util.List;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import mptcp_ctrl.Close;
import net.mptcp.mp_join;
import net.sock.sock_common;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.Ipv4;
import testing.KernelTest;
import testing.MptcpConnection;
import testing.MptcpPeer;
import testing.ScriptedPeer;
import testing.Vectors;

@KernelTest
class JoinTest {
    private MptcpPeer p;

    /** An MP_JOIN of a SYN with this token. */
    private static byte[] joinSyn(int token) {
        byte[] b = MptcpPeer.option(30, 12, 0x10, 1);
        put32(b, 4, token);
        put32(b, 8, 0x1234);
        return b;
    }

    /** A SYN from a new port to a port of the host; the answer's flags, or 0: there is none. */
    private int syn(int hostPort, byte[] options) {
        p.wire.port = 45000;
        p.wire.hostPort = hostPort;
        p.wire.seq = 1;
        p.wire.options = options;
        p.sent();
        p.wire.send(SYN);
        List<ScriptedPeer.Segment> answers = p.sent();
        return answers.isEmpty() ? 0 : answers.get(0).flags();
    }

    @Nested
    class on_a_connection {
        @BeforeEach
        void connected() {
            p = new MptcpPeer();
        }

        @AfterEach
        void end() {
            p.end();
        }

        private int token() {
            return p.mpcb.mptcp_loc_token;
        }

        @Nested
        class mptcp_check_req {
            @Test
            @DisplayName("a third ACK is found by its addresses, and makes a subflow")
            void third_ack() {
                p.join(40001, 1);

                assertThat(p.mpcb.cnt_subflows).isEqualTo(2);
            }

            @Test
            @DisplayName("no request with these ports: 0, and the packet is not touched")
            void none() {
                sk_buff skb = alloc_skb(100, GFP_KERNEL);
                skb.protocol = ETH_P_IP;
                skb.network_header = skb.data;
                skb.transport_header = skb.data + 20;
                skb_put(skb, 40);

                assertThat(Join.mptcp_check_req(skb, init_net)).isZero();
                assertThat(TCP_SKB_CB(skb).mptcp_flags).isZero();
                kfree_skb(skb);
            }

            @Test
            @DisplayName("the application has the meta socket: the ACK waits in its backlog")
            void backlog() {
                lock_sock(p.meta);
                // The SYN waits as well, and is answered when the lock goes.
                assertThat(syn(80, joinSyn(token()))).isZero();
                assertThat(p.meta.sk_backlog.tail).isNotNull();
                release_sock(p.meta);

                assertThat(p.sent().get(0).flags()).isEqualTo(SYN | ACK);
            }

            @Test
            @DisplayName("the backlog is full: the third ACK is dropped")
            void backlog_full() {
                assertThat(syn(80, joinSyn(token()))).isEqualTo(SYN | ACK);
                int held = p.meta.skc_refcnt;
                lock_sock(p.meta);
                int rcvbuf = p.meta.sk_rcvbuf;
                int sndbuf = p.meta.sk_sndbuf;
                p.meta.sk_rcvbuf = p.meta.sk_sndbuf = 0;
                p.meta.sk_backlog.len = 1;
                p.wire.seq = 2;
                p.wire.options = MptcpPeer.option(30, 24, 0x10, 0, 1, 2, 3);
                p.wire.send(ACK);

                assertThat(p.mib(LINUX_MIB_TCPBACKLOGDROP)).isOne();
                assertThat(p.meta.sk_backlog.tail).isNull();
                assertThat(p.meta.skc_refcnt).isEqualTo(held);
                p.meta.sk_backlog.len = 0;

                // With the room of both buffers it waits.
                p.meta.sk_rcvbuf = rcvbuf;
                p.meta.sk_sndbuf = sndbuf;
                p.wire.send(ACK);
                assertThat(p.meta.sk_backlog.tail).isNotNull();
                release_sock(p.meta);
            }
        }

        @Nested
        class mptcp_lookup_join {
            @BeforeEach
            void noListener() {
                sys_close(listenerFd());
            }

            /** The listener is the first descriptor that the peer has opened. */
            private int listenerFd() {
                return p.fd - 1;
            }

            @Test
            @DisplayName("a SYN for which there is no listener any more joins by its token")
            void by_token() {
                assertThat(syn(80, joinSyn(token()))).isEqualTo(SYN | ACK);
                assertThat(p.mpcb.cnt_subflows).isOne();
            }

            @Test
            @DisplayName("a token that nobody has: reset, and nothing is kept")
            void unknown() {
                assertThat(syn(80, joinSyn(token() + 1)) & RST).isNotZero();
            }

            @Test
            @DisplayName("a SYN without MP_JOIN is not for us: reset")
            void no_join() {
                assertThat(syn(80, ScriptedPeer.MSS_OPTION) & RST).isNotZero();
            }

            @Test
            @DisplayName("after a fallback nobody may join")
            void fallen_back() {
                p.mpcb.infinite_mapping_rcv = true;

                assertThat(syn(80, joinSyn(token())) & RST).isNotZero();
                p.mpcb.infinite_mapping_rcv = false;
            }

            @Test
            @DisplayName("the application has the meta socket: the SYN waits in the backlog, and is dropped if that is full")
            void backlog() {
                lock_sock(p.meta);
                assertThat(syn(80, joinSyn(token()))).isZero();
                release_sock(p.meta);
                assertThat(p.sent().get(0).flags()).isEqualTo(SYN | ACK);

                lock_sock(p.meta);
                int rcvbuf = p.meta.sk_rcvbuf;
                int sndbuf = p.meta.sk_sndbuf;
                p.meta.sk_rcvbuf = 0;
                p.meta.sk_sndbuf = 0;
                p.meta.sk_backlog.len = 1;
                assertThat(syn(80, joinSyn(token()))).isZero();
                assertThat(p.mib(LINUX_MIB_TCPBACKLOGDROP)).isOne();
                p.meta.sk_backlog.len = 0;
                p.meta.sk_rcvbuf = rcvbuf;
                p.meta.sk_sndbuf = sndbuf;
                release_sock(p.meta);
            }

            /** A subflow that the host has closed first, and the peer then: on the host, it is in TIME_WAIT. */
            private MptcpPeer.Flow timeWait() {
                MptcpPeer.Flow f = p.join(40001, 1);
                tcp_sock tp = p.sub(f);
                MptcpConnection.locked(p.meta, () -> Close.mptcp_sub_close(tp, 0));
                f.ack = tp.snd_nxt;
                p.send(f, ACK, p.dss(f).bytes());
                p.send(f, FIN | ACK, p.dss(f).bytes());
                ScriptedPeer.later(10);
                assertThat(p.sub(f)).isNull();
                p.sent();
                return f;
            }

            /** What answers a SYN with this token from the port of such a subflow. */
            private int again(MptcpPeer.Flow f, int token) {
                p.wire.port = f.port;
                p.wire.seq = f.seq + 100_000;
                p.wire.options = joinSyn(token);
                p.wire.send(SYN);
                List<ScriptedPeer.Segment> sent = p.sent();
                return sent.isEmpty() ? 0 : sent.get(0).flags();
            }

            @Test
            @DisplayName("from a port that is in TIME_WAIT here: the TIME_WAIT goes, and the SYN joins")
            void time_wait() {
                MptcpPeer.Flow f = timeWait();
                assertThat(tcp_death_row.tw_count).isOne();

                assertThat(again(f, token())).isEqualTo(SYN | ACK);
                assertThat(tcp_death_row.tw_count).isZero();
            }

            @Test
            @DisplayName("from a port that is in TIME_WAIT here, with a token that nobody has: reset, and it stays")
            void time_wait_unknown() {
                MptcpPeer.Flow f = timeWait();

                assertThat(again(f, token() + 1) & RST).isNotZero();
                assertThat(tcp_death_row.tw_count).isOne();
                giveBack(f);
            }

            @Test
            @DisplayName("from a port that is in TIME_WAIT here, after a fallback: reset")
            void time_wait_fallen_back() {
                MptcpPeer.Flow f = timeWait();
                p.mpcb.send_infinite_mapping = true;

                assertThat(again(f, token()) & RST).isNotZero();
                p.mpcb.send_infinite_mapping = false;
                giveBack(f);
            }

            /** The reference that tcp_v4_rcv of this kernel keeps for ever when the answer is a reset. */
            private void giveBack(MptcpPeer.Flow f) {
                sock_common tw = __inet_lookup_established(init_net, tcp_hashinfo, Ipv4.ip(ScriptedPeer.PEER), f.port,
                        Ipv4.ip(ScriptedPeer.HOST), p.wire.hostPort, p.wire.nic.dev.ifindex);
                inet_twsk_put(inet_twsk(tw));
                assertThat(tw.skc_refcnt).as("two tables, the timer, and the one too many").isEqualTo(4);
                inet_twsk_put(inet_twsk(tw));
            }
        }

        @Nested
        class mptcp_do_join_short {
            @Test
            @DisplayName("a SYN to the listener joins by its token; the HMAC proves the host")
            void by_token() {
                MptcpPeer.Flow f = p.join(40001, 1);

                assertThat(p.sub(f)).isNotNull();
            }

            @Test
            @DisplayName("a token that nobody has: reset")
            void unknown() {
                assertThat(syn(80, joinSyn(token() + 1)) & RST).isNotZero();
            }

            @Test
            @DisplayName("after a fallback, in either direction, nobody may join")
            void fallen_back() {
                p.mpcb.send_infinite_mapping = true;

                assertThat(syn(80, joinSyn(token())) & RST).isNotZero();
                p.mpcb.send_infinite_mapping = false;
            }

            @Test
            @DisplayName("the application has the meta socket: the SYN waits in the backlog, held once more, or is dropped")
            void backlog() {
                lock_sock(p.meta);
                assertThat(syn(80, joinSyn(token()))).isZero();
                release_sock(p.meta);
                assertThat(p.sent().get(0).flags()).isEqualTo(SYN | ACK);

                lock_sock(p.meta);
                int rcvbuf = p.meta.sk_rcvbuf;
                int sndbuf = p.meta.sk_sndbuf;
                p.meta.sk_rcvbuf = 0;
                p.meta.sk_sndbuf = 0;
                p.meta.sk_backlog.len = 1;
                assertThat(syn(80, joinSyn(token()))).isZero();
                assertThat(p.mib(LINUX_MIB_TCPBACKLOGDROP)).isOne();
                p.meta.sk_backlog.len = 0;
                p.meta.sk_rcvbuf = rcvbuf;
                p.meta.sk_sndbuf = sndbuf;
                release_sock(p.meta);
            }

            @Test
            @DisplayName("a third ACK with a wrong HMAC: no subflow")
            void wrong_hmac() {
                assertThat(syn(80, joinSyn(token()))).isEqualTo(SYN | ACK);
                p.wire.seq = 2;
                p.wire.options = MptcpPeer.option(30, 24, 0x10, 0, 1, 2, 3);
                p.wire.send(ACK);

                assertThat(p.mpcb.cnt_subflows).isOne();
            }
        }
    }

    @Nested
    class mptcp_find_join {
        private sk_buff withOptions(byte[] options, int doff, byte[] after) {
            sk_buff skb = alloc_skb(200, GFP_KERNEL);
            skb.transport_header = skb.data;
            int at = skb_put(skb, 20 + options.length + after.length);
            System.arraycopy(options, 0, skb.head, at + 20, options.length);
            System.arraycopy(after, 0, skb.head, at + 20 + options.length, after.length);
            tcp_hdr(skb).doff(doff);
            return skb;
        }

        @Test
        @DisplayName("every row of the kernel's table")
        void vectors() {
            Vectors.each("mptcp_find_join", row -> {
                sk_buff skb = withOptions(row.bytes("in.options"), row.i32("in.th.doff"), row.bytes("in.bytes_after"));

                mp_join join = Join.mptcp_find_join(skb);

                assertThat(join == null ? -1 : join.at - skb.transport_header - 20)
                        .as("%s", row)
                        .isEqualTo(row.i32("out.offset_from_options_or_minus_1"));
                kfree_skb(skb);
            });
        }

        @Test
        @DisplayName("a kind in the last place has no length: the list ends, whatever follows")
        void last_byte() {
            sk_buff skb = withOptions(new byte[] {1, 1, 1, 30}, 6, new byte[] {12, 0x10});

            assertThat(Join.mptcp_find_join(skb)).isNull();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("any length is good enough: the token of one that is too short lies behind it")
        void too_short() {
            sk_buff skb = withOptions(new byte[] {1, 30, 3, 0x10}, 6, new byte[] {9, 1, 2, 3, 4});

            assertThat(Join.mptcp_find_join(skb).synToken()).isEqualTo(0x01020304);
            kfree_skb(skb);
        }
    }
}
