// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO;
import static linux.netdev_features.NetdevFeatures.NETIF_F_TSO;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.skbuff.Truesize.SKB_MAX_HEAD;
import static linux.skbuff.Truesize.SKB_WITH_OVERHEAD;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static net.sock.Flags.sock_flag;
import static net.sock.SockFlag.SOCK_QUEUE_SHRUNK;
import static net.tcp.TcpConst.MAX_TCP_HEADER;
import static net.tcp.Windows.tcp_win_from_space;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp.Sendmsg.tcp_xmit_size_goal;
import static tcp_output.Fragment.tcp_set_skb_tso_segs;

import linux.compiler.IntRef;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.MptcpSockets;
import testing.Vectors;

@KernelTest
class SizesTest {
    @Nested
    class mptcp_select_size {
        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            Vectors.each("mptcp_meta_aggregates", row -> {
                MptcpSockets c = new MptcpSockets(row.i32("in.n"));
                // No column has it: the rows without a subflow that can send show it.
                c.meta.mss_cache = 555;
                for (int i = 0; i < row.i32("in.n"); i++) {
                    String in = "in." + i + ".";
                    c.sub(i).skc_state = row.i32(in + "sk_state");
                    c.sub(i).mptcp.pre_established = row.bool(in + "pre_established");
                    c.sub(i).mss_cache = row.i32(in + "mss_cache");
                }

                assertThat(Sizes.mptcp_select_size(c.meta, false)).as("%s", row)
                        .isEqualTo(row.i32("out.mptcp_select_size_nosg"));
                c.free();
            });
        }

        @Test
        @DisplayName("data in pages: half of 4 KB if packets may be split below TCP, else at most a page")
        void sg() {
            try (Bundle b = new Bundle(1)) {
                b.m.sub(0).mss_cache = 9000;
                assertThat(Sizes.mptcp_select_size(b.meta, true)).isEqualTo(SKB_MAX_HEAD(MAX_TCP_HEADER));
                b.m.sub(0).mss_cache = 1000;
                assertThat(Sizes.mptcp_select_size(b.meta, true)).isEqualTo(1000);
                b.m.sub(0).sk_gso_type = SKB_GSO_TCPV4;
                b.m.sub(0).sk_route_caps |= NETIF_F_TSO | NETIF_F_GSO;
                assertThat(Sizes.mptcp_select_size(b.meta, true)).isEqualTo(SKB_WITH_OVERHEAD(2048 - MAX_TCP_HEADER));
            }
        }

        @Test
        @DisplayName("a segment of about a page is cut to one, a larger one than a packet can hold is not")
        void page_break() {
            try (Bundle b = new Bundle(1)) {
                int page = SKB_MAX_HEAD(MAX_TCP_HEADER);
                for (int mss : new int[] {page - 1, page, page + 16 * 4096, page + 16 * 4096 + 1}) {
                    b.m.sub(0).mss_cache = mss;
                    boolean cut = mss >= page && mss <= page + 16 * 4096;
                    assertThat(Sizes.mptcp_select_size(b.meta, true)).as("%d", mss).isEqualTo(cut ? page : mss);
                }
            }
        }
    }

    @Nested
    class mptcp_check_snd_buf {
        @Test
        @DisplayName("without a round-trip time: one more than the reordering")
        void no_rtt() {
            MptcpSockets c = new MptcpSockets(1);
            c.sub(0).srtt = 0;
            c.sub(0).reordering = 3;
            assertThat(Sizes.mptcp_check_snd_buf(c.sub(0))).isEqualTo(4);
            c.free();
        }

        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            Vectors.each("mptcp_check_snd_buf", row -> {
                MptcpSockets c = new MptcpSockets(3);
                c.sub(0).srtt = row.i32("in.tp.srtt");
                c.sub(0).snd_cwnd = row.i32("in.tp.snd_cwnd");
                c.sub(0).reordering = row.i32("in.tp.reordering");
                c.sub(1).srtt = row.i32("in.t1.srtt");
                c.sub(1).skc_state = row.i32("in.t1.sk_state");
                c.sub(2).srtt = row.i32("in.t2.srtt");
                c.sub(2).skc_state = row.i32("in.t2.sk_state");
                c.sub(2).mptcp.pre_established = row.bool("in.t2.pre_established");

                assertThat(Sizes.mptcp_check_snd_buf(c.sub(0))).as("%s", row).isEqualTo(row.i32("out.ret"));
                c.free();
            });
        }
    }

    @Nested
    class mptcp_select_initial_window {
        @Test
        @DisplayName("starts from the buffer and the clamp of the first subflow, not from what it is told")
        void from_the_first() {
            try (Bundle b = new Bundle(1)) {
                IntRef rcv_wnd = new IntRef();
                IntRef clamp = new IntRef(5);
                IntRef wscale = new IntRef();
                b.mpcb.orig_sk_rcvbuf = 40_000;
                b.mpcb.orig_window_clamp = 60_000;

                Sizes.mptcp_select_initial_window(1, 1000, rcv_wnd, clamp, 0, wscale, 0, b.m.sub(0));

                assertThat(rcv_wnd.val).isEqualTo(tcp_win_from_space(40_000) / 1000 * 1000);
                assertThat(clamp.val).isEqualTo(60_000);
            }
        }
    }

    @Nested
    class mptcp_current_mss {
        @Test
        @DisplayName("the largest of the subflows that can send; without one, that of the meta socket")
        void largest() {
            try (Bundle b = new Bundle(3)) {
                b.m.sub(1).mss_cache = 1400;
                b.m.sub(2).mss_cache = 9000;
                b.m.sub(2).mptcp.pre_established = true;
                assertThat(Sizes.mptcp_current_mss(b.meta)).isEqualTo(1400);

                b.m.sub(0).skc_state = b.m.sub(1).skc_state = TCP_CLOSE;
                b.meta.tcp_header_len = 20 + 20;
                b.meta.mss_cache = 700;
                assertThat(Sizes.mptcp_current_mss(b.meta)).isEqualTo(700);
            }
        }
    }

    @Nested
    class mptcp_xmit_size_goal {
        @Test
        @DisplayName("the largest of the subflows if all can split packets; else one segment")
        void goal() {
            try (Bundle b = new Bundle(2)) {
                assertThat(Sizes.mptcp_xmit_size_goal(b.meta, 1000, 1)).isEqualTo(1000);

                for (int i = 0; i < 2; i++) {
                    b.m.sub(i).sk_gso_type = SKB_GSO_TCPV4;
                    b.m.sub(i).sk_route_caps |= NETIF_F_TSO | NETIF_F_GSO;
                    b.m.sub(i).sk_gso_max_size = 65536;
                    b.m.sub(i).sk_gso_max_segs = 64;
                    b.m.sub(i).max_window = 60_000;
                }
                b.m.sub(1).max_window = 6000;
                assertThat(Sizes.mptcp_xmit_size_goal(b.meta, 1000, 1)).isGreaterThan(10_000)
                        .isEqualTo(tcp_xmit_size_goal(b.m.sub(0), 1000, 1));
                assertThat(Sizes.mptcp_xmit_size_goal(b.meta, 1000, 0)).isEqualTo(1000);
                b.mpcb.dss_csum = true;
                assertThat(Sizes.mptcp_xmit_size_goal(b.meta, 1000, 1)).as("checksums").isEqualTo(1000);
            }
        }
    }

    @Nested
    class mptcp_trim_head {
        @Test
        @DisplayName("the bytes in front go, and with them memory and numbers")
        void trimmed() {
            try (Bundle b = new Bundle(1)) {
                sk_buff skb = b.write(1000);
                skb.ip_summed = CHECKSUM_NONE;
                int truesize = skb.truesize;
                int queued = b.meta.sk_wmem_queued;

                assertThat(Sizes.mptcp_trim_head(b.meta, skb, 300)).isZero();

                assertThat(Bundle.queue(b.meta.sk_write_queue)).isEqualTo("300-1000");
                assertThat(skb.len).isEqualTo(700);
                assertThat(skb.head[skb.data]).isEqualTo(Bundle.byteAt(Bundle.DSN + 300));
                assertThat(skb.truesize).isEqualTo(truesize - 300);
                assertThat(b.meta.sk_wmem_queued).isEqualTo(queued - 300);
                assertThat(skb.ip_summed).isEqualTo(CHECKSUM_PARTIAL);
                assertThat(sock_flag(b.meta, SOCK_QUEUE_SHRUNK)).isTrue();
            }
        }

        @Test
        @DisplayName("a clone has to be copied first: -ENOMEM without memory")
        void cloned() {
            try (Bundle b = new Bundle(1)) {
                sk_buff skb = b.write(1000);
                sk_buff clone = skb_clone(skb, GFP_ATOMIC);
                Gfp.failNth(0);
                assertThat(Sizes.mptcp_trim_head(b.meta, skb, 300)).isEqualTo(-ENOMEM);
                assertThat(skb.len).isEqualTo(1000);

                Gfp.inject(null);
                assertThat(Sizes.mptcp_trim_head(b.meta, skb, 300)).isZero();
                assertThat(clone.len).isEqualTo(1000);
                kfree_skb(clone);
            }
        }

        @Test
        @DisplayName("the connection has that memory again, and a packet of several segments is counted anew")
        void recounted() {
            try (Bundle b = new Bundle(1)) {
                sk_buff skb = b.write(3000);
                b.m.sub(0).sk_gso_type = SKB_GSO_TCPV4;
                b.m.sub(0).sk_route_caps |= NETIF_F_TSO | NETIF_F_GSO;
                tcp_set_skb_tso_segs(b.meta, skb, 1000);
                b.meta.skc_prot.sysctl_mem[0] = 1 << 20;
                int forward = b.meta.sk_forward_alloc;

                assertThat(Sizes.mptcp_trim_head(b.meta, skb, 1500)).isZero();
                assertThat(b.meta.sk_forward_alloc).isEqualTo(forward + 1500);
                assertThat(skb.shinfo.gso_segs).isEqualTo(2);

                sk_buff one = b.write(900);
                tcp_set_skb_tso_segs(b.meta, one, 1000);
                one.shinfo.gso_size = 77;
                Sizes.mptcp_trim_head(b.meta, one, 100);
                assertThat(one.shinfo.gso_size).as("not touched").isEqualTo(77);
            }
        }
    }
}
