// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ipv4;

import static inet_hashtables.Inlines.inet_lookup_established;
import static inet_timewait_sock.Twsk.inet_twsk_put;
import static linux.ip.IpHdr.ip_hdr;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_pull;
import static linux.skbuff.Dst.skb_dst_set;
import static linux.skbuff.Headers.skb_reset_network_header;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static linux.tcp.Header.tcp_hdr;
import static net.dst.Dst.dst_clone;
import static net.inet_timewait_sock.Twsk.inet_twsk;
import static net.sock.Nodes.sock_put;
import static net.tcp.Globals.tcp_hashinfo;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.MptcpConnection.locked;
import static testing.MptcpConnection.softirq;
import static testing.MptcpConnection.subflow;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.request_sock.request_sock;
import net.sock.sock_common;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import testing.MptcpConnection;
import testing.Skbs;

@KernelTest
class ReceiveTest {
    private MptcpConnection c;

    @AfterEach
    void free() {
        if (c != null) {
            c.close();
        }
    }

    /** The request to join that waits at the server. */
    private request_sock request() {
        for (request_sock req : c.s.icsk_accept_queue.listen_opt.syn_table) {
            if (req != null) {
                return req;
            }
        }
        return null;
    }

    @Nested
    class mptcp_v4_do_rcv {
        @Test
        @DisplayName("SYN and third ACK of a join make a subflow")
        void join() {
            c = new MptcpConnection(2).connect();
            c.join(2);

            assertThat(c.s.mpcb.cnt_subflows).isEqualTo(2);
            assertThat(subflow(c.s, 2).skc_state).isEqualTo(TCP_ESTABLISHED);
        }

        @Test
        @DisplayName("a SYN that comes twice is answered twice, and makes one request")
        void twice() {
            c = new MptcpConnection(2).connect();
            c.netem(2, "delay 20ms duplicate 100%");
            c.startJoin(2);
            c.run(30);

            assertThat(c.s.icsk_accept_queue.listen_opt.qlen).isOne();
            c.netem(2, "delay 20ms");
            c.run(200);
            assertThat(c.s.mpcb.cnt_subflows).isEqualTo(2);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 2, 3})
        @DisplayName("a connection that is closed or has fallen back to TCP answers with a RST, and forgets the request")
        void no_more(int why) {
            c = new MptcpConnection(2).connect();
            tcp_sock sub = c.startJoin(2);
            c.run(30);
            assertThat(request()).isNotNull();
            switch (why) {
                case 0:
                    c.s.mpcb.infinite_mapping_rcv = true;
                    break;
                case 1:
                    c.s.mpcb.send_infinite_mapping = true;
                    break;
                case 2:
                    c.s.skc_state = TCP_CLOSE;
                    break;
                default:
                    c.s.inside_tk_table = false;
            }
            c.run(100);

            assertThat(request()).isNull();
            assertThat(c.s.icsk_accept_queue.listen_opt.qlen).isZero();
            assertThat(sub.skc_state).isEqualTo(TCP_CLOSE);
            c.s.mpcb.infinite_mapping_rcv = false;
            c.s.mpcb.send_infinite_mapping = false;
            c.s.skc_state = TCP_ESTABLISHED;
            c.s.inside_tk_table = true;
        }

        @Test
        @DisplayName("the third ACK, and what follows it, may wait in the backlog: then the subflow is looked for again")
        void backlog() {
            c = new MptcpConnection(2).connect();
            tcp_sock sub = c.startJoin(2);
            c.run(30);
            locked(c.s, () -> c.run(500));
            c.run(100);

            assertThat(c.s.mpcb.cnt_subflows).isEqualTo(2);
            assertThat(sub.mptcp.pre_established).isFalse();
        }

        @Test
        @DisplayName("without the mark: to whom it belongs; dropped if that is nobody, a TIME_WAIT or the meta socket itself")
        void unmarked() {
            c = new MptcpConnection(1).connect();
            tcp_sock sub = subflow(c.s, 1);

            softirq(c.s, () -> {
                assertThat(Receive.mptcp_v4_do_rcv(c.s, packet(sub, 1))).isZero();
                assertThat(Receive.mptcp_v4_do_rcv(c.s, packet(sub, 0))).isZero();
            });

            assertThat(c.s.mpcb.cnt_subflows).isOne();
        }

        /** A bare ACK as the peer of {@code sub} would send it, from a port {@code off} away. */
        private sk_buff packet(tcp_sock sub, int off) {
            sk_buff skb = Skbs.linear(40);
            java.util.Arrays.fill(skb.head, skb.data, skb.data + 40, (byte) 0);
            skb.protocol = ETH_P_IP;
            skb.dev = c.serverDevs.get(0);
            skb.skb_iif = skb.dev.ifindex;
            skb_reset_network_header(skb);
            ip_hdr(skb).version(4);
            ip_hdr(skb).ihl(5);
            ip_hdr(skb).tot_len(40);
            ip_hdr(skb).saddr(sub.skc_daddr);
            ip_hdr(skb).daddr(sub.skc_rcv_saddr);
            skb_dst_set(skb, dst_clone(sub.sk_rx_dst != null ? sub.sk_rx_dst : sub.sk_dst_cache));
            skb_pull(skb, 20);
            skb_reset_transport_header(skb);
            tcp_hdr(skb).source(sub.skc_dport + off);
            tcp_hdr(skb).dest(sub.skc_num);
            tcp_hdr(skb).doff(5);
            tcp_hdr(skb).ack(true);
            tcp_hdr(skb).seq(sub.rcv_nxt);
            tcp_hdr(skb).ack_seq(sub.snd_nxt);
            skb.ip_summed = CHECKSUM_UNNECESSARY;
            TCP_SKB_CB(skb).seq = TCP_SKB_CB(skb).end_seq = sub.rcv_nxt;
            TCP_SKB_CB(skb).ack_seq = sub.snd_nxt;
            return skb;
        }

        @Test
        @DisplayName("without the mark, and what it belongs to waits in TIME_WAIT: dropped, and let go of again")
        void time_wait() {
            c = new MptcpConnection(2).connect();
            c.join(2);
            tcp_sock sub = subflow(c.s, 2);
            softirq(c.s, () -> {
                sk_buff skb = packet(sub, 0);
                sub.time_wait.call(sub, TCP_TIME_WAIT, 10_000);
                sock_common tw = inet_lookup_established(c.server, tcp_hashinfo, ip_hdr(skb).saddr(),
                        tcp_hdr(skb).source(), ip_hdr(skb).daddr(), tcp_hdr(skb).dest(), skb.skb_iif);
                assertThat(tw.skc_state).isEqualTo(TCP_TIME_WAIT);
                int refs = tw.skc_refcnt;

                assertThat(Receive.mptcp_v4_do_rcv(c.s, skb)).isZero();

                assertThat(tw.skc_refcnt).isEqualTo(refs);
                inet_twsk_put(inet_twsk(tw));
            });
        }
    }

    @Nested
    class mptcp_v4_search_req {
        @Test
        @DisplayName("finds the connection by port and addresses of the request, and holds it")
        void found() {
            c = new MptcpConnection(2).connect();
            c.startJoin(2);
            c.run(30);
            request_sock req = request();
            int refs = c.s.skc_refcnt;

            assertThat(Receive.mptcp_v4_search_req(req.skc_dport, req.skc_daddr, req.skc_rcv_saddr, c.server))
                    .isSameAs(c.s);
            assertThat(c.s.skc_refcnt).isEqualTo(refs + 1);
            sock_put(c.s);

            assertThat(Receive.mptcp_v4_search_req(req.skc_dport + 1, req.skc_daddr, req.skc_rcv_saddr, c.server))
                    .isNull();
            assertThat(Receive.mptcp_v4_search_req(req.skc_dport, req.skc_daddr, req.skc_daddr, c.server)).isNull();
            assertThat(Receive.mptcp_v4_search_req(req.skc_dport, req.skc_daddr, req.skc_rcv_saddr, c.client)).isNull();
        }

        @Test
        @DisplayName("null when the connection is being freed")
        void freed() {
            c = new MptcpConnection(2).connect();
            c.startJoin(2);
            c.run(30);
            request_sock req = request();
            int refs = c.s.skc_refcnt;
            c.s.skc_refcnt = 0;

            assertThat(Receive.mptcp_v4_search_req(req.skc_dport, req.skc_daddr, req.skc_rcv_saddr, c.server)).isNull();

            c.s.skc_refcnt = refs;
        }
    }
}
