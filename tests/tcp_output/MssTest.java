// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.kernel.Kernel.clamp;
import static net.tcp.Sysctls.sysctl_tcp_base_mss;
import static net.tcp.Sysctls.sysctl_tcp_mtu_probing;
import static net.tcp.Windows.tcp_bound_to_half_wnd;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.rtnetlink.Rt.RTAX_FEATURES;
import static uapi.linux.rtnetlink.Rt.RTAX_FEATURE_ALLFRAG;
import static uapi.linux.rtnetlink.Rt.RTAX_MTU;

import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class MssTest {
    private Sender s;
    private tcp_sock tp;

    @BeforeEach
    void setUp() {
        s = new Sender().established(1000);
        tp = s.tp;
        tp.rx_opt.mss_clamp = 1460;
        tp.tcp_header_len = 32;
    }

    @AfterEach
    void tearDown() {
        s.close();
    }

    @Nested
    class __tcp_mtu_to_mss {
        @Test
        @DisplayName("what is left of the MTU behind both headers, cut to what the SYNs agreed on")
        void clamp() {
            assertThat(Mss.__tcp_mtu_to_mss(tp, 1400)).isEqualTo(1360);
            assertThat(Mss.__tcp_mtu_to_mss(tp, 9000)).isEqualTo(1460);
        }

        @Test
        @DisplayName("IP options count against it")
        void ip_options() {
            tp.icsk_ext_hdr_len = 8;

            assertThat(Mss.__tcp_mtu_to_mss(tp, 1500)).isEqualTo(1452);
        }

        @Test
        @DisplayName("is never below 48, however small the path (CVE-2019-11479 is kept)")
        void minimum() {
            assertThat(Mss.__tcp_mtu_to_mss(tp, 68)).isEqualTo(48);
            assertThat(Mss.__tcp_mtu_to_mss(tp, 0)).isEqualTo(48);
        }

        @Test
        @DisplayName("a route on which every packet is fragmented takes another header")
        void allfrag() {
            s.af.net_frag_header_len = 8;
            s.route(RTAX_FEATURES, RTAX_FEATURE_ALLFRAG);

            assertThat(Mss.__tcp_mtu_to_mss(tp, 1000)).isEqualTo(952);
            assertThat(Mss.tcp_mss_to_mtu(tp, 940)).isEqualTo(1000);
        }
    }

    @Nested
    class tcp_mtu_to_mss {
        @Test
        @DisplayName("as the kernel did, row by row, with tcp_mss_to_mtu and tcp_sync_mss on the same socket")
        void vectors() {
            Vectors.each("tcp_mtu_to_mss", row -> {
                try (Sender s = new Sender()) {
                    tcp_sock tp = s.tp;
                    int pmtu = row.i32("in.pmtu");
                    int mss = row.i32("in.mss");
                    tp.rx_opt.mss_clamp = row.i32("in.tp.rx_opt.mss_clamp");
                    tp.icsk_ext_hdr_len = row.i32("in.icsk.icsk_ext_hdr_len");
                    tp.tcp_header_len = row.i32("in.tp.tcp_header_len");
                    tp.max_window = row.i32("in.tp.max_window");
                    tp.icsk_mtup.enabled = row.i32("in.icsk.icsk_mtup.enabled");
                    tp.icsk_mtup.search_high = row.i32("in.icsk.icsk_mtup.search_high");
                    tp.icsk_mtup.search_low = row.i32("in.icsk.icsk_mtup.search_low");

                    assertThat(Mss.tcp_mtu_to_mss(tp, pmtu)).as("%s", row).isEqualTo(row.i32("out.tcp_mtu_to_mss"));
                    assertThat(Mss.tcp_mss_to_mtu(tp, mss)).as("%s", row).isEqualTo(row.i32("out.tcp_mss_to_mtu"));
                    assertThat(tcp_bound_to_half_wnd(tp, mss)).as("%s", row)
                            .isEqualTo(row.i32("out.tcp_bound_to_half_wnd"));
                    assertThat(Mss.tcp_sync_mss(tp, pmtu)).as("%s tcp_sync_mss", row)
                            .isEqualTo(row.i32("out.ret_tcp_sync_mss"));
                    assertThat(tp.mss_cache).as("%s mss_cache", row).isEqualTo(row.i32("out.tp.mss_cache"));
                    assertThat(tp.icsk_pmtu_cookie).as("%s cookie", row)
                            .isEqualTo(row.i32("out.icsk.icsk_pmtu_cookie"));
                    assertThat(tp.icsk_mtup.search_high).as("%s search_high", row)
                            .isEqualTo(row.i32("out.icsk.icsk_mtup.search_high"));
                }
            });
        }

        @Test
        @DisplayName("the usual options are counted: 1448 bytes on Ethernet with timestamps")
        void ethernet() {
            assertThat(Mss.tcp_mtu_to_mss(tp, 1500)).isEqualTo(1448);
        }
    }

    @Nested
    class tcp_mss_to_mtu {
        @Test
        @DisplayName("takes back what tcp_mtu_to_mss does")
        void inverse() {
            tp.icsk_ext_hdr_len = 4;

            assertThat(Mss.tcp_mss_to_mtu(tp, Mss.tcp_mtu_to_mss(tp, 1300))).isEqualTo(1300);
        }
    }

    @Nested
    class tcp_mtup_init {
        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            Vectors.each("tcp_mtup_init", row -> {
                try (Sender s = new Sender()) {
                    tcp_sock tp = s.tp;
                    sysctl_tcp_mtu_probing = row.i32("in.sysctl_tcp_mtu_probing");
                    sysctl_tcp_base_mss = row.i32("in.sysctl_tcp_base_mss");
                    tp.rx_opt.mss_clamp = row.i32("in.tp.rx_opt.mss_clamp");
                    tp.tcp_header_len = row.i32("in.tp.tcp_header_len");
                    tp.icsk_mtup.probe_size = 5;

                    Mss.tcp_mtup_init(tp);

                    assertThat(tp.icsk_mtup.enabled).as("%s", row).isEqualTo(row.i32("out.icsk.icsk_mtup.enabled"));
                    assertThat(tp.icsk_mtup.search_high).as("%s search_high", row)
                            .isEqualTo(row.i32("out.icsk.icsk_mtup.search_high"));
                    assertThat(tp.icsk_mtup.search_low).as("%s search_low", row)
                            .isEqualTo(row.i32("out.icsk.icsk_mtup.search_low"));
                    assertThat(tp.icsk_mtup.probe_size).as("%s probe_size", row)
                            .isEqualTo(row.i32("out.icsk.icsk_mtup.probe_size"));
                }
            });
        }
    }

    @Nested
    class tcp_sync_mss {
        @Test
        @DisplayName("a segment is at most half of the largest window that the peer has offered")
        void half_window() {
            tp.max_window = 2000;

            assertThat(Mss.tcp_sync_mss(tp, 1500)).isEqualTo(1000);
            assertThat(tp.mss_cache).isEqualTo(1000);
            assertThat(tp.icsk_pmtu_cookie).isEqualTo(1500);
        }

        @Test
        @DisplayName("while probing, only what is known to get through is used, and the search ends at the new MTU")
        void probing() {
            tp.icsk_mtup.enabled = 1;
            tp.icsk_mtup.search_low = 600;
            tp.icsk_mtup.search_high = 9000;

            assertThat(Mss.tcp_sync_mss(tp, 1500)).isEqualTo(548);
            assertThat(tp.icsk_mtup.search_high).isEqualTo(1500);
        }
    }

    @Nested
    class tcp_current_mss {
        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            Vectors.each("tcp_current_mss", row -> {
                try (Sender s = new Sender()) {
                    tcp_sock tp = s.tp;
                    tp.mss_cache = row.i32("in.tp.mss_cache");
                    tp.tcp_header_len = row.i32("in.tp.tcp_header_len");
                    tp.rx_opt.tstamp_ok = row.bool("in.tp.rx_opt.tstamp_ok");
                    tp.rx_opt.num_sacks = row.i32("in.tp.rx_opt.num_sacks");
                    tp.rx_opt.dsack = row.bool("in.tp.rx_opt.dsack");

                    assertThat(Mss.tcp_current_mss(tp)).as("%s", row).isEqualTo(row.i32("out.ret"));
                }
            });
        }

        @Test
        @DisplayName("notices that the route's MTU has changed")
        void route_changed() {
            tp.rx_opt.tstamp_ok = true;
            tp.icsk_pmtu_cookie = 1500;
            tp.mss_cache = 1448;
            s.route(RTAX_MTU, 1300);

            assertThat(Mss.tcp_current_mss(tp)).isEqualTo(1248);
            assertThat(tp.icsk_pmtu_cookie).isEqualTo(1300);
            assertThat(tp.mss_cache).isEqualTo(1248);
        }

        @Test
        @DisplayName("SACK blocks make segments smaller for as long as they are sent")
        void sack_blocks() {
            tp.rx_opt.tstamp_ok = true;
            tp.mss_cache = 1448;
            tp.rx_opt.num_sacks = 2;

            assertThat(Mss.tcp_current_mss(tp)).isEqualTo(1448 - 20);
            assertThat(tp.mss_cache).isEqualTo(1448);
        }
    }
}
