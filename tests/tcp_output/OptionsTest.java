// SPDX-License-Identifier: GPL-2.0-only
package tcp_output;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.types.Be.get32;
import static linux.types.Be.get64;
import static net.mptcp.Dss.mptcp_is_data_seq;
import static net.mptcp.Sysctls.sysctl_mptcp_checksum;
import static net.tcp.Multipath.mptcp_static_key;
import static net.tcp.Sysctls.sysctl_tcp_sack;
import static net.tcp.Sysctls.sysctl_tcp_timestamps;
import static net.tcp.Sysctls.sysctl_tcp_window_scaling;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_fastopen_cookie;
import linux.tcp.tcp_out_options;
import linux.tcp.tcp_sack_block;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_pm_ops;
import net.mptcp.mptcp_request_sock;
import net.mptcp.mptcp_tcp_sock;
import net.tcp.tcp_fastopen_request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class OptionsTest {
    private Sender s;
    private tcp_sock tp;
    private final tcp_out_options opts = new tcp_out_options();

    @BeforeEach
    void setUp() {
        s = new Sender().established(1000);
        tp = s.tp;
    }

    @AfterEach
    void tearDown() {
        s.close();
    }

    /** The D-SACK block and four SACK blocks from the memory of a little-endian machine. */
    private static void sacks(tcp_sock tp, byte[] words) {
        for (int i = 0; i < 5; i++) {
            tcp_sack_block b = i == 0 ? tp.duplicate_sack[0] : tp.selective_acks[i - 1];
            b.start_seq = Integer.reverseBytes(get32(words, 8 * i));
            b.end_seq = Integer.reverseBytes(get32(words, 8 * i + 4));
        }
    }

    private static tcp_fastopen_cookie cookie(int len, byte[] val) {
        tcp_fastopen_cookie foc = new tcp_fastopen_cookie();
        foc.len = len;
        System.arraycopy(val, 0, foc.val, 0, val.length);
        return foc;
    }

    /** A key, token, nonce or MAC as it lies in memory. */
    private static long key(Vectors.Row row, String column) {
        return get64(row.bytes(column), 0);
    }

    private static String written(tcp_sock tp, tcp_out_options opts, sk_buff skb, int len) {
        byte[] b = new byte[120];
        Arrays.fill(b, (byte) 0xee);
        Options.tcp_options_write(b, 4, tp, opts, skb);
        assertThat(b[4 + len]).as("behind the options").isEqualTo((byte) 0xee);
        return Sender.hex(b, 4, len);
    }

    private static void assertOptions(Vectors.Row row, tcp_out_options opts) {
        assertThat(opts.options).as("%s options", row).isEqualTo(row.i32("out.opts.options"));
        assertThat(opts.ws).as("%s ws", row).isEqualTo(row.i32("out.opts.ws"));
        assertThat(opts.num_sack_blocks).as("%s num_sack_blocks", row).isEqualTo(row.i32("out.opts.num_sack_blocks"));
        assertThat(opts.mss).as("%s mss", row).isEqualTo(row.i32("out.opts.mss"));
        assertThat(opts.tsval).as("%s tsval", row).isEqualTo(row.i32("out.opts.tsval"));
        assertThat(opts.tsecr).as("%s tsecr", row).isEqualTo(row.i32("out.opts.tsecr"));
        assertThat(opts.mptcp_options).as("%s mptcp_options", row).isEqualTo(row.i32("out.opts.mptcp_options"));
        assertThat(opts.dss_csum).as("%s dss_csum", row).isEqualTo(row.bool("out.opts.dss_csum"));
    }

    @Nested
    class tcp_init_nondata_skb {
        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            sk_buff skb = s.queue(0);
            Vectors.each("tcp_init_nondata_skb", row -> {
                Options.tcp_init_nondata_skb(skb, row.i32("in.seq"), row.i32("in.flags"));

                assertThat(TCP_SKB_CB(skb).seq).as("%s seq", row).isEqualTo(row.i32("out.skb.seq"));
                assertThat(TCP_SKB_CB(skb).end_seq).as("%s end_seq", row).isEqualTo(row.i32("out.skb.end_seq"));
                assertThat(TCP_SKB_CB(skb).tcp_flags).as("%s flags", row).isEqualTo(row.i32("out.skb.tcp_flags"));
                assertThat(skb.shinfo.gso_segs).as("%s gso_segs", row).isEqualTo(row.i32("out.skb.gso_segs"));
                assertThat(skb.ip_summed).isEqualTo(CHECKSUM_PARTIAL);
            });
        }
    }

    @Nested
    class tcp_urg_mode {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, 0x7fffffff, 0x80000000, -1000})
        @DisplayName("as long as snd_una has not reached the urgent byte's end")
        void until_acknowledged(int iss) {
            tp.snd_una = iss;
            tp.snd_up = iss + 1;
            assertThat(Options.tcp_urg_mode(tp)).isTrue();
            tp.snd_una = iss + 1;
            assertThat(Options.tcp_urg_mode(tp)).isFalse();
        }
    }

    @Nested
    class tcp_options_write {
        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            Vectors.each("tcp_options_write", row -> {
                opts.clear();
                opts.options = row.i32("in.opts.options");
                opts.ws = row.i32("in.opts.ws");
                opts.num_sack_blocks = row.i32("in.opts.num_sack_blocks");
                opts.mss = row.i32("in.opts.mss");
                opts.tsval = row.i32("in.opts.tsval");
                opts.tsecr = row.i32("in.opts.tsecr");
                opts.fastopen_cookie = cookie(row.i32("in.foc.len"), row.bytes("in.foc.val"));
                tp.rx_opt.dsack = row.bool("in.tp.rx_opt.dsack");
                sacks(tp, row.bytes("in.sacks_le_dsack_then_4"));

                assertThat(written(tp, opts, null, row.text("out.bytes").length() / 2)).as("%s", row)
                        .isEqualTo(row.text("out.bytes"));
                assertThat(tp.rx_opt.dsack).as("%s dsack", row).isEqualTo(row.bool("out.tp.rx_opt.dsack"));
            });
        }

        @Test
        @DisplayName("a D-SACK block comes first, and is reported once")
        void dsack_first() {
            tp.rx_opt.dsack = true;
            tp.duplicate_sack[0].start_seq = 1;
            tp.duplicate_sack[0].end_seq = 2;
            tp.selective_acks[0].start_seq = 3;
            tp.selective_acks[0].end_seq = 4;
            opts.num_sack_blocks = 2;

            assertThat(written(tp, opts, null, 20))
                    .isEqualTo("01010512" + "00000001" + "00000002" + "00000003" + "00000004");
            assertThat(tp.rx_opt.dsack).isFalse();
        }

        @Test
        @DisplayName("MSS, SACK permitted with timestamps, window scale: in this order")
        void syn() {
            opts.options = Options.OPTION_TS | Options.OPTION_SACK_ADVERTISE | Options.OPTION_WSCALE;
            opts.mss = 1460;
            opts.tsval = 0x01020304;
            opts.ws = 7;

            assertThat(written(tp, opts, null, 20)).isEqualTo("020405b4" + "0402080a" + "01020304" + "00000000" + "01030307");
        }
    }

    @Nested
    class tcp_syn_options {
        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            Vectors.each("tcp_syn_options", row -> {
                if (row.bool("in.tp.request_mptcp")) {
                    return;
                }
                try (Sender s = new Sender()) {
                    tcp_sock tp = s.tp;
                    tp.advmss = row.i32("in.tp.advmss");
                    tp.rx_opt.rcv_wscale = row.i32("in.tp.rx_opt.rcv_wscale");
                    tp.rx_opt.ts_recent = row.i32("in.tp.rx_opt.ts_recent");
                    tp.tsoffset = row.i32("in.tp.tsoffset");
                    tp.request_mptcp = row.bool("in.tp.request_mptcp");
                    tp.mptcp_loc_key = key(row, "in.tp.mptcp_loc_key_mem");
                    if (row.bool("in.has_foc")) {
                        tp.fastopen_req = new tcp_fastopen_request();
                        tp.fastopen_req.cookie.copy(cookie(row.i32("in.fr.cookie.len"), row.bytes("in.fr.cookie.val")));
                    }
                    sysctl_tcp_timestamps = row.i32("in.sysctl_tcp_timestamps");
                    sysctl_tcp_window_scaling = row.i32("in.sysctl_tcp_window_scaling");
                    sysctl_tcp_sack = row.i32("in.sysctl_tcp_sack");
                    sysctl_mptcp_checksum = row.i32("in.sysctl_mptcp_checksum");
                    sk_buff skb = s.queue(0);
                    TCP_SKB_CB(skb).when = row.i32("in.skb.when");
                    opts.clear();

                    int ret = Options.tcp_syn_options(tp, skb, opts);

                    assertThat(ret).as("%s", row).isEqualTo(row.i32("out.ret"));
                    assertOptions(row, opts);
                    assertThat(tp.syn_fastopen).as("%s syn_fastopen", row).isEqualTo(row.bool("out.tp.syn_fastopen"));
                    assertThat(written(tp, opts, skb, ret)).as("%s", row).isEqualTo(row.text("out.bytes"));
                }
            });
        }
    }

    @Nested
    class tcp_synack_options {
        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            Vectors.each("tcp_synack_options", row -> {
                if (row.bool("in.ireq.saw_mpc")) {
                    return;
                }
                mptcp_request_sock req = new mptcp_request_sock();
                req.wscale_ok = row.bool("in.ireq.wscale_ok");
                req.rcv_wscale = row.i32("in.ireq.rcv_wscale");
                req.tstamp_ok = row.bool("in.ireq.tstamp_ok");
                req.sack_ok = row.bool("in.ireq.sack_ok");
                req.saw_mpc = row.bool("in.ireq.saw_mpc");
                req.ts_recent = row.i32("in.req.ts_recent");
                req.is_sub = row.bool("in.mr.is_sub");
                req.mptcp_loc_key = key(row, "in.mr.mptcp_loc_key_mem");
                req.dss_csum = row.bool("in.mr.dss_csum");
                req.mptcp_hash_tmac = key(row, "in.mr.mptcp_hash_tmac_mem");
                req.mptcp_loc_nonce = row.be32("in.mr.mptcp_loc_nonce_mem");
                req.low_prio = row.bool("in.mr.low_prio");
                req.loc_id = row.i32("in.mr.loc_id");
                sysctl_mptcp_checksum = row.i32("in.sysctl_mptcp_checksum");
                tcp_fastopen_cookie foc = row.bool("in.has_foc")
                        ? cookie(row.i32("in.foc.len"), row.bytes("in.foc.val")) : null;
                sk_buff skb = s.queue(0);
                TCP_SKB_CB(skb).when = row.i32("in.skb.when");
                opts.clear();

                int ret = Options.tcp_synack_options(tp, req, row.i32("in.mss"), skb, opts, foc);

                assertThat(ret).as("%s", row).isEqualTo(row.i32("out.ret"));
                assertOptions(row, opts);
                assertThat(written(tp, opts, skb, ret)).as("%s", row).isEqualTo(row.text("out.bytes"));
            });
        }
    }

    @Nested
    class tcp_established_options {
        @Test
        @DisplayName("as the kernel did, row by row")
        void vectors() {
            Vectors.each("tcp_established_options", row -> {
                Sender meta = new Sender();
                try (Sender s = new Sender()) {
                    tcp_sock tp = s.tp;
                    boolean has_skb = row.bool("in.has_skb");
                    tp.rx_opt.tstamp_ok = row.bool("in.st.rx_opt.tstamp_ok");
                    tp.rx_opt.ts_recent = row.i32("in.st.rx_opt.ts_recent");
                    tp.tsoffset = row.i32("in.st.tsoffset");
                    tp.rx_opt.num_sacks = row.i32("in.st.rx_opt.num_sacks");
                    tp.rx_opt.dsack = row.bool("in.st.rx_opt.dsack");
                    sacks(tp, row.bytes("in.sacks_le_dsack_then_4"));
                    if (row.bool("in.mpc")) {
                        subflow(tp, meta.tp, row);
                    }
                    sk_buff skb = s.queue(0);
                    TCP_SKB_CB(skb).seq = row.i32("in.skb.seq");
                    TCP_SKB_CB(skb).end_seq = row.i32("in.skb.end_seq");
                    TCP_SKB_CB(skb).mptcp_flags = row.i32("in.skb.mptcp_flags");
                    skb.csum = row.be32("in.skb.csum_mem");
                    skb.len = row.i32("in.skb.len");
                    if (mptcp_is_data_seq(skb)) {
                        TCP_SKB_CB(skb).dss = words(row.bytes("out.skb.dss_after_mptcp_save_dss_data_seq"));
                    }
                    TCP_SKB_CB(skb).when = row.i32("in.skb.when");
                    opts.clear();

                    int ret = Options.tcp_established_options(tp, has_skb ? skb : null, opts);

                    assertThat(ret).as("%s", row).isEqualTo(row.i32("out.ret"));
                    assertOptions(row, opts);
                    if (row.bool("in.mpc")) {
                        assertThat(tp.mptcp.include_mpc).as("%s include_mpc", row)
                                .isEqualTo(row.bool("out.mptcp.include_mpc"));
                        assertThat(tp.mptcp.send_mp_prio).as("%s send_mp_prio", row)
                                .isEqualTo(row.bool("out.mptcp.send_mp_prio"));
                    }
                    if (has_skb) {
                        assertThat(written(tp, opts, skb, row.text("out.bytes").length() / 2)).as("%s", row)
                                .isEqualTo(row.text("out.bytes"));
                    }
                    skb.len = 0;
                    tp.mpc = false;
                } finally {
                    meta.close();
                }
            });
        }

        private void subflow(tcp_sock tp, tcp_sock meta_tp, Vectors.Row row) {
            mptcp_cb mpcb = new mptcp_cb();
            mptcp_static_key.enabled = 1;
            meta_tp.mpc = true;
            meta_tp.mpcb = mpcb;
            meta_tp.meta_sk = meta_tp;
            meta_tp.rcv_nxt = row.i32("in.meta_tp.rcv_nxt");
            mpcb.meta_sk = meta_tp;
            mpcb.connection_list = tp;
            mpcb.pm_ops = new mptcp_pm_ops();
            mpcb.infinite_mapping_snd = row.bool("in.mpcb.infinite_mapping_snd");
            mpcb.send_infinite_mapping = row.bool("in.mpcb.send_infinite_mapping");
            mpcb.dss_csum = row.bool("in.mpcb.dss_csum");
            mpcb.mptcp_loc_key = key(row, "in.mpcb.mptcp_loc_key_mem");
            mpcb.mptcp_rem_key = key(row, "in.mpcb.mptcp_rem_key_mem");
            mpcb.csum_cutoff_seq = row.i64("in.mpcb.csum_cutoff_seq");
            mpcb.snd_high_order[0] = row.i32("in.mpcb.snd_high_order[0]");
            mpcb.snd_high_order[1] = row.i32("in.mpcb.snd_high_order[1]");
            tp.mpc = true;
            tp.mpcb = mpcb;
            tp.meta_sk = meta_tp;
            tp.mptcp = new mptcp_tcp_sock();
            tp.mptcp.tp = tp;
            tp.write_seq = row.i32("in.tp.write_seq");
            tp.send_mp_fclose = row.bool("in.tp.send_mp_fclose");
            tp.mptcp.send_mp_fail = row.bool("in.mptcp.send_mp_fail");
            tp.mptcp.infinite_cutoff_seq = row.i32("in.mptcp.infinite_cutoff_seq");
            tp.mptcp.include_mpc = row.bool("in.mptcp.include_mpc");
            tp.mptcp.pre_established = row.bool("in.mptcp.pre_established");
            tp.mptcp.send_mp_prio = row.bool("in.mptcp.send_mp_prio");
            tp.mptcp.low_prio = row.bool("in.mptcp.low_prio");
            tp.mptcp.snt_isn = row.i32("in.mptcp.snt_isn");
            System.arraycopy(row.bytes("in.mptcp.sender_mac"), 0, tp.mptcp.sender_mac, 0, 20);
        }

        /** The DSS option that a packet keeps, which {@code mptcp_save_dss_data_seq} has made. */
        private int[] words(byte[] dss) {
            int[] words = new int[dss.length / 4];
            for (int i = 0; i < words.length; i++) {
                words[i] = get32(dss, 4 * i);
            }
            return words;
        }

        @Test
        @DisplayName("SACK blocks get what timestamps leave: three of four")
        void room_for_sacks() {
            tp.rx_opt.tstamp_ok = true;
            tp.rx_opt.num_sacks = 4;

            assertThat(Options.tcp_established_options(tp, null, opts)).isEqualTo(12 + 4 + 24);
            assertThat(opts.num_sack_blocks).isEqualTo(3);

            tp.rx_opt.tstamp_ok = false;
            assertThat(Options.tcp_established_options(tp, null, opts)).isEqualTo(4 + 32);
            assertThat(opts.num_sack_blocks).isEqualTo(4);
        }
    }
}
