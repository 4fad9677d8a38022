// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO;
import static linux.netdev_features.NetdevFeatures.NETIF_F_TSO;
import static linux.skbuff.Bits.skb_copy_bits;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_headlen;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static net.mptcp.MptcpConst.MPTCPHDR_ACK;
import static net.sock.Flags.sock_flag;
import static net.sock.SockFlag.SOCK_QUEUE_SHRUNK;
import static net.tcp.Multipath.mptcp_static_key;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCPHDR_FIN;
import static net.tcp.TcpConst.TCPHDR_PSH;
import static net.tcp.tcp_skb_cb.TCPCB_EVER_RETRANS;
import static net.tcp.tcp_skb_cb.TCPCB_LOST;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_ACKED;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_RETRANS;
import static org.assertj.core.api.Assertions.assertThat;

import linux.bug.Bug;
import linux.gfp.Gfp;
import linux.mm.Mm;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class FragmentTest {
    private Sender s;
    private tcp_sock tp;

    @BeforeEach
    void setUp() {
        s = new Sender().established(1000).withGso();
        tp = s.tp;
        tp.rx_opt.sack_ok = 1;
    }

    @AfterEach
    void tearDown() {
        s.close();
    }

    @Nested
    class tcp_set_skb_tso_segs {
        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            Vectors.each("tcp_set_skb_tso_segs", row -> {
                sk_buff skb = s.queue(0);
                skb.len = row.i32("in.skb.len");
                skb.ip_summed = row.bool("in.ip_summed_none") ? CHECKSUM_NONE : CHECKSUM_PARTIAL;
                tp.sk_gso_type = SKB_GSO_TCPV4;
                tp.sk_route_caps = row.bool("in.sk_can_gso") ? NETIF_F_GSO | NETIF_F_TSO : 0;

                Fragment.tcp_set_skb_tso_segs(tp, skb, row.i32("in.mss_now"));

                assertThat(skb.shinfo.gso_segs).as("%s gso_segs", row).isEqualTo(row.i32("out.skb.gso_segs"));
                assertThat(skb.shinfo.gso_size).as("%s gso_size", row).isEqualTo(row.i32("out.skb.gso_size"));
                assertThat(skb.shinfo.gso_type).as("%s gso_type", row).isEqualTo(row.i32("out.skb.gso_type"));
                skb.len = 0;
            });
        }

        @Test
        @DisplayName("the count has 16 bits: a packet merged from very many segments of 8 bytes wraps (CVE-2019-11477)")
        void wraps() {
            sk_buff skb = s.queue(0);
            skb.len = 17 * 32768;

            Fragment.tcp_set_skb_tso_segs(tp, skb, 8);

            assertThat(skb.shinfo.gso_segs).isEqualTo(17 * 4096 & 0xffff);
            skb.len = 0;
        }
    }

    @Nested
    class tcp_adjust_fackets_out {
        @Test
        @DisplayName("counts only what lies below the highest SACK")
        void below_highest_sack() {
            sk_buff a = s.sentBefore(1000);
            sk_buff b = s.sentBefore(1000);
            sk_buff c = s.sentBefore(1000);
            tp.sacked_out = 1;
            tp.fackets_out = 2;
            tp.highest_sack = c;

            Fragment.tcp_adjust_fackets_out(tp, c, 1);
            assertThat(tp.fackets_out).isEqualTo(2);
            Fragment.tcp_adjust_fackets_out(tp, a, 1);
            assertThat(tp.fackets_out).isEqualTo(1);
            Fragment.tcp_adjust_fackets_out(tp, b, -1);
            assertThat(tp.fackets_out).isEqualTo(2);
        }

        @Test
        @DisplayName("without SACK, or with nothing SACKed, there is nothing to count")
        void nothing_sacked() {
            sk_buff a = s.sentBefore(1000);
            tp.fackets_out = 2;
            Fragment.tcp_adjust_fackets_out(tp, a, 1);
            assertThat(tp.fackets_out).isEqualTo(2);

            tp.sacked_out = 1;
            tp.rx_opt.sack_ok = 0;
            Fragment.tcp_adjust_fackets_out(tp, a, 1);
            assertThat(tp.fackets_out).isEqualTo(2);
        }
    }

    @Nested
    class tcp_adjust_pcount {
        @Test
        @DisplayName("takes the segments out of every count that the packet is in")
        void all_counts() {
            sk_buff a = s.sentBefore(1000);
            s.sentBefore(3000);
            tp.sacked_out = tp.lost_out = tp.retrans_out = 1;
            tp.highest_sack = a.next;
            tp.fackets_out = 1;
            TCP_SKB_CB(a).sacked = TCPCB_SACKED_ACKED | TCPCB_SACKED_RETRANS | TCPCB_LOST;

            Fragment.tcp_adjust_pcount(tp, a, 1);

            assertThat(tp.packets_out).isEqualTo(3);
            assertThat(tp.sacked_out).isZero();
            assertThat(tp.retrans_out).isZero();
            assertThat(tp.lost_out).isZero();
        }

        @Test
        @DisplayName("without SACK the segments may be among those that duplicate ACKs stand for")
        void reno() {
            tp.rx_opt.sack_ok = 0;
            sk_buff a = s.sentBefore(1000);
            s.sentBefore(3000);
            tp.sacked_out = 1;

            Fragment.tcp_adjust_pcount(tp, a, 2);

            assertThat(tp.packets_out).isEqualTo(2);
            assertThat(tp.sacked_out).isZero();
        }

        @Test
        @DisplayName("the hint to the lost packet counts what is SACKed in front of it")
        void lost_hint() {
            sk_buff a = s.sentBefore(1000);
            sk_buff b = s.sentBefore(1000);
            tp.sacked_out = 1;
            tp.highest_sack = b;
            TCP_SKB_CB(a).sacked = TCPCB_SACKED_ACKED;
            tp.lost_skb_hint = b;
            tp.lost_cnt_hint = 5;

            Fragment.tcp_adjust_pcount(tp, a, -1);
            assertThat(tp.lost_cnt_hint).isEqualTo(6);

            Fragment.tcp_adjust_pcount(tp, b, 1);
            assertThat(tp.lost_cnt_hint).as("not in front of it").isEqualTo(6);
        }

        @Test
        @DisplayName("below the highest SACKed number it is less that FACK takes for having left")
        void fackets() {
            sk_buff a = s.sentBefore(3000);
            sk_buff b = s.sentBefore(1000);
            tp.sacked_out = 1;
            tp.highest_sack = b;
            tp.fackets_out = 4;

            Fragment.tcp_adjust_pcount(tp, a, 2);
            assertThat(tp.fackets_out).isEqualTo(2);

            Fragment.tcp_adjust_pcount(tp, b, 1);
            assertThat(tp.fackets_out).as("not below it").isEqualTo(2);
        }

        @Test
        @DisplayName("warns if more segments have left than are counted as sent")
        void too_many_left() {
            sk_buff a = s.sentBefore(1000);
            tp.lost_out = 1;

            Fragment.tcp_adjust_pcount(tp, a, 1);

            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
            tp.lost_out = 0;
        }
    }

    @Nested
    class tcp_fragment {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, 0x7fffffff, 0x80000000, -1000})
        @DisplayName("cuts linear bytes: both halves have theirs, and the numbers meet")
        void linear_bytes(int iss) {
            s.established(iss).withGso();
            sk_buff skb = s.queue(1000);
            TCP_SKB_CB(skb).tcp_flags = TCPHDR_ACK | TCPHDR_PSH | TCPHDR_FIN;
            TCP_SKB_CB(skb).end_seq++;
            TCP_SKB_CB(skb).when = 77;
            skb.tstamp = 88;

            assertThat(Fragment.tcp_fragment(tp, skb, 300, 1000, GFP_ATOMIC)).isZero();

            sk_buff rest = skb.next;
            assertThat(s.queue_(iss)).isEqualTo("|1-301 301-1002");
            assertThat(Sender.payloadOf(skb)).isEqualTo(300);
            assertThat(Sender.payloadOf(rest)).isEqualTo(700);
            assertThat(TCP_SKB_CB(skb).tcp_flags).isEqualTo(TCPHDR_ACK);
            assertThat(TCP_SKB_CB(rest).tcp_flags).isEqualTo(TCPHDR_ACK | TCPHDR_PSH | TCPHDR_FIN);
            assertThat(TCP_SKB_CB(rest).when).isEqualTo(77);
            assertThat(rest.tstamp).isEqualTo(88);
            assertThat(rest.nohdr).isTrue();
            s.assertCountersFit();
        }

        @ParameterizedTest
        @CsvSource({"500", "1000", "1500", "2999"})
        @DisplayName("cuts bytes in pages, and a page that has bytes of both is shared")
        void bytes_in_pages(int len) {
            sk_buff skb = s.queuePaged(1000, 1000, 1000);
            int pages = Mm.pagesInUse();

            assertThat(Fragment.tcp_fragment(tp, skb, len, 1000, GFP_ATOMIC)).isZero();

            assertThat(Sender.payloadOf(skb)).isEqualTo(len);
            assertThat(Sender.payloadOf(skb.next)).isEqualTo(3000 - len);
            assertThat(Mm.pagesInUse()).isEqualTo(pages);
            s.assertCountersFit();
        }

        @ParameterizedTest
        @ValueSource(ints = {300, 301})
        @DisplayName("a checksum taken when the bytes were copied is split as well, at odd places too")
        void checksum(int len) {
            sk_buff skb = s.queue(1000);
            skb.ip_summed = CHECKSUM_NONE;
            skb.csum = csum_partial(skb.head, skb.data, 1000, 0);

            Fragment.tcp_fragment(tp, skb, len, 1000, GFP_ATOMIC);

            sk_buff rest = skb.next;
            assertThat(csum_fold(skb.csum)).isEqualTo(csum_fold(csum_partial(skb.head, skb.data, len, 0)));
            assertThat(csum_fold(rest.csum)).isEqualTo(csum_fold(csum_partial(rest.head, rest.data, 1000 - len, 0)));
            assertThat(rest.ip_summed).isEqualTo(CHECKSUM_NONE);
            Sender.payloadOf(skb);
            Sender.payloadOf(rest);
        }

        @Test
        @DisplayName("a packet that was sent: the counters of the connection follow, the tags are on both halves")
        void sent() {
            sk_buff skb = s.sentBefore(2500);
            TCP_SKB_CB(skb).sacked = TCPCB_LOST | TCPCB_SACKED_RETRANS | TCPCB_EVER_RETRANS;
            tp.lost_out = tp.retrans_out = 3;

            Fragment.tcp_fragment(tp, skb, 500, 1000, GFP_ATOMIC);

            assertThat(tcp_skb_pcount(skb)).isOne();
            assertThat(tcp_skb_pcount(skb.next)).isEqualTo(2);
            assertThat(TCP_SKB_CB(skb.next).sacked).isEqualTo(TCP_SKB_CB(skb).sacked);
            s.assertCountersFit();

            Fragment.tcp_fragment(tp, skb.next, 500, 1000, GFP_ATOMIC);
            assertThat(tp.packets_out).as("500, 500 and 1500 bytes").isEqualTo(4);
            s.assertCountersFit();
        }

        @Test
        @DisplayName("what a device still holds is not touched")
        void cloned() {
            sk_buff skb = s.queue(1000);
            Fragment.tcp_set_skb_tso_segs(tp, skb, 1000);
            s.hold = true;
            Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC);

            Fragment.tcp_fragment(tp, skb, 300, 1000, GFP_ATOMIC);

            sk_buff held = s.held.get(0);
            byte[] b = new byte[held.len];
            skb_copy_bits(held, 0, b, 0, held.len);
            assertThat(b).isEqualTo(s.sent.get(0).bytes);
            assertThat(Sender.payloadOf(skb)).isEqualTo(300);
        }

        @Test
        @DisplayName("-EINVAL, with a warning, for more bytes than there are")
        void too_long() {
            sk_buff skb = s.queue(100);

            assertThat(Fragment.tcp_fragment(tp, skb, 101, 1000, GFP_ATOMIC)).isEqualTo(-EINVAL);

            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
            assertThat(skb.next).isNull();
        }

        @Test
        @DisplayName("-ENOMEM leaves everything as it was")
        void no_memory() {
            sk_buff skb = s.queue(1000);
            Gfp.failNth(0);

            assertThat(Fragment.tcp_fragment(tp, skb, 300, 1000, GFP_ATOMIC)).isEqualTo(-ENOMEM);

            assertThat(s.queue_(1000)).isEqualTo("|1-1001");
            assertThat(Sender.payloadOf(skb)).isEqualTo(1000);
            s.assertCountersFit();
        }

        @Test
        @DisplayName("there is no limit to it: 1000 bytes become 1000 packets (CVE-2019-11478 is kept)")
        void no_limit() {
            sk_buff skb = s.sentBefore(1000);
            for (int i = 0; i < 999; i++) {
                Fragment.tcp_fragment(tp, skb, 1, 1000, GFP_ATOMIC);
                skb = skb.next;
            }

            assertThat(tp.packets_out).isEqualTo(1000);
            assertThat(tp.sk_wmem_queued).isGreaterThan(500 * 1000);
            s.assertCountersFit();
        }
    }

    @Nested
    class __pskb_trim_head {
        @Test
        @DisplayName("linear bytes are skipped")
        void linear_bytes() {
            sk_buff skb = s.queue(100);

            Fragment.__pskb_trim_head(skb, 30);

            TCP_SKB_CB(skb).seq += 30;
            assertThat(Sender.payloadOf(skb)).isEqualTo(70);
        }

        @ParameterizedTest
        @CsvSource({"999, 3", "1000, 2", "1001, 2", "2500, 1"})
        @DisplayName("pages that are used up go back, one used in part begins later")
        void bytes_in_pages(int len, int pages) {
            sk_buff skb = s.queuePaged(1000, 1000, 1000);

            Fragment.__pskb_trim_head(skb, len);

            TCP_SKB_CB(skb).seq += len;
            assertThat(Sender.payloadOf(skb)).isEqualTo(3000 - len);
            assertThat(skb.shinfo.nr_frags).isEqualTo(pages);
            assertThat(Mm.pagesInUse()).isEqualTo(pages);
            assertThat(skb.data_len).isEqualTo(skb.len);
        }

        @Test
        @DisplayName("linear bytes first, then pages")
        void mixed() {
            sk_buff skb = s.queueMixed(200, 800, 1000);
            assertThat(Sender.payloadOf(skb)).isEqualTo(2000);

            Fragment.__pskb_trim_head(skb, 1100);

            TCP_SKB_CB(skb).seq += 1100;
            assertThat(Sender.payloadOf(skb)).isEqualTo(900);
            assertThat(skb_headlen(skb)).isZero();
        }
    }

    @Nested
    class tcp_trim_head {
        @Test
        @DisplayName("bytes that were acknowledged are given back, with their memory")
        void gives_back() {
            sk_buff skb = s.sentBefore(2500);
            int truesize = skb.truesize;
            int queued = tp.sk_wmem_queued;
            int forward = tp.sk_forward_alloc;

            assertThat(Fragment.tcp_trim_head(tp, skb, 1000)).isZero();

            assertThat(s.queue_(1000)).isEqualTo("1001-2501");
            assertThat(Sender.payloadOf(skb)).isEqualTo(1500);
            assertThat(tcp_skb_pcount(skb)).isEqualTo(2);
            assertThat(skb.truesize).isEqualTo(truesize - 1000);
            assertThat(tp.sk_wmem_queued).isEqualTo(queued - 1000);
            assertThat(tp.sk_forward_alloc).isEqualTo(forward + 1000);
            assertThat(sock_flag(tp, SOCK_QUEUE_SHRUNK)).isTrue();
            tp.packets_out--;
        }

        @Test
        @DisplayName("the checksum of what is left is not known any more")
        void checksum() {
            sk_buff skb = s.sentBefore(1000);
            skb.ip_summed = CHECKSUM_NONE;

            Fragment.tcp_trim_head(tp, skb, 10);

            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_PARTIAL);
        }

        @Test
        @DisplayName("-ENOMEM if a device has a clone and there is no memory for a copy")
        void no_memory() {
            sk_buff skb = s.queue(1000);
            Fragment.tcp_set_skb_tso_segs(tp, skb, 1000);
            s.hold = true;
            Transmit.tcp_transmit_skb(tp, skb, 1, GFP_ATOMIC);
            Gfp.failNth(0);

            assertThat(Fragment.tcp_trim_head(tp, skb, 10)).isEqualTo(-ENOMEM);

            assertThat(Sender.payloadOf(skb)).isEqualTo(1000);
        }

        @Test
        @DisplayName("on a subflow a packet without mapping loses nothing but bytes")
        void subflow() {
            Sender meta = new Sender();
            mptcp_static_key.enabled = 1;
            tp.mpc = true;
            tp.mpcb = new mptcp_cb();
            tp.mpcb.meta_sk = tp.meta_sk = meta.tp;
            sk_buff skb = s.queue(1000);
            skb.shinfo.gso_segs = 1;
            TCP_SKB_CB(skb).mptcp_flags = MPTCPHDR_ACK;

            assertThat(Fragment.tcp_trim_head(tp, skb, 10)).isZero();

            TCP_SKB_CB(skb).mptcp_flags = 0;
            assertThat(Sender.payloadOf(skb)).isEqualTo(990);
            tp.mpc = false;
            meta.close();
        }
    }
}
