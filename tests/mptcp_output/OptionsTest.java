// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static linux.capability.Capability.capable;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static mptcp_output.Dss.mptcp_save_dss_data_seq;
import static mptcp_output.Dss.mptcp_write_dss_data_ack;
import static mptcp_output.Dss.mptcp_write_dss_mapping;
import static net.mptcp.Dss.mptcp_is_data_seq;
import static net.mptcp.MptcpConst.OPTION_DATA_ACK;
import static net.mptcp.MptcpConst.OPTION_MPTCP;
import static net.mptcp.MptcpConst.OPTION_MP_CAPABLE;
import static net.mptcp.MptcpConst.OPTION_MP_JOIN;
import static net.mptcp.MptcpConst.OPTION_MP_PRIO;
import static net.mptcp.MptcpConst.OPTION_TYPE_SYN;
import static net.mptcp.MptcpConst.OPTION_TYPE_SYNACK;
import static net.mptcp.Sysctls.sysctl_mptcp_checksum;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import linux.compiler.IntRef;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_out_options;
import linux.tcp.tcp_sock;
import linux.types.Be;
import net.mptcp.mptcp_pm_ops;
import net.mptcp.mptcp_request_sock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.MptcpSockets;
import testing.Vectors;

@KernelTest
class OptionsTest {
    @Nested
    class mptcp_options_write {
        @Test
        @DisplayName("as the kernel did, row by row; so do the functions that make a mapping")
        void vectors() {
            Vectors.each("mptcp_options_write", row -> {
                MptcpSockets c = new MptcpSockets(1);
                tcp_sock tp = c.sub(0);
                tcp_out_options opts = new tcp_out_options();
                byte[] union = row.bytes("in.opts.union_mem_24");
                sk_buff skb = MptcpSockets.packet(row.i32("in.skb.seq"), row.i32("in.skb.len"));
                byte[] b = new byte[120];

                opts.mptcp_options = row.i32("in.opts.mptcp_options");
                opts.dss_csum = row.bool("in.opts.dss_csum");
                opts.mp_capable.sender_key = opts.mp_join_syns.sender_truncated_mac = Be.get64(union, 0);
                opts.mp_capable.receiver_key = Be.get64(union, 8);
                opts.mp_join_syns.sender_nonce = Be.get32(union, 8);
                opts.mp_join_syns.token = Be.get32(union, 12);
                opts.mp_join_syns.low_prio = row.bool("in.opts.mp_join_syns.low_prio");
                opts.addr_id = row.i32("in.opts.addr_id");
                opts.add_addr_v4 = row.bool("in.opts.add_addr_v4");
                opts.add_addr_v6 = row.bool("in.opts.add_addr_v6");
                opts.add_addr4.addr = row.be32("in.opts.add_addr4.addr_mem");
                opts.add_addr4.addr_id = row.i32("in.opts.add_addr4.addr_id");
                System.arraycopy(row.bytes("in.opts.add_addr6.addr_mem"), 0, opts.add_addr6.addr, 0, 16);
                opts.add_addr6.addr_id = row.i32("in.opts.add_addr6.addr_id");
                opts.remove_addrs = row.i32("in.opts.remove_addrs");
                tp.mptcp.low_prio = row.bool("in.mptcp.low_prio");
                System.arraycopy(row.bytes("in.mptcp.sender_mac"), 0, tp.mptcp.sender_mac, 0, 20);
                c.mpcb.csum_cutoff_seq = row.i64("in.mpcb.csum_cutoff_seq");
                c.mpcb.dss_csum = row.bool("in.mpcb.dss_csum");
                c.meta.rcv_nxt = row.i32("in.meta_tp.rcv_nxt");
                c.mpcb.snd_high_order[0] = row.i32("in.mpcb.snd_high_order[0]");
                c.mpcb.snd_high_order[1] = row.i32("in.mpcb.snd_high_order[1]");
                tp.write_seq = row.i32("in.tp.write_seq");
                tp.mptcp.snt_isn = row.i32("in.mptcp.snt_isn");
                TCP_SKB_CB(skb).end_seq = row.i32("in.skb.end_seq");
                TCP_SKB_CB(skb).mptcp_flags = row.i32("in.skb.mptcp_flags");
                skb.csum = row.be32("in.skb.csum_mem");

                assertThat(mptcp_write_dss_data_ack(tp, skb, b, 0)).as("%s", row)
                        .isEqualTo(row.i32("out.ret_mptcp_write_dss_data_ack"));
                assertThat(hex(b, 8)).as("%s data ack", row).isEqualTo(row.text("out.dss_data_ack"));
                assertThat(mptcp_write_dss_mapping(tp, skb, b, 0)).as("%s", row)
                        .isEqualTo(row.i32("out.ret_mptcp_write_dss_mapping"));
                assertThat(hex(b, 12)).as("%s mapping", row).isEqualTo(row.text("out.dss_mapping"));
                if (mptcp_is_data_seq(skb)) {
                    mptcp_save_dss_data_seq(tp, skb);
                    assertThat(TCP_SKB_CB(skb).dss).as("%s dss", row).isEqualTo(words(row.bytes("out.skb.dss")));
                }

                // What was in memory before shows where nothing is written: the table's driver had it filled with this.
                Arrays.fill(b, (byte) 0xee);
                Options.mptcp_options_write(b, 0, tp, opts, skb);

                String bytes = row.text("out.bytes");
                assertThat(hex(b, b.length)).as("%s", row).startsWith(bytes);
                assertThat(hex(b, b.length).substring(bytes.length())).as("%s behind", row).matches("e*");
                MptcpSockets.free(skb);
                c.free();
            });
        }

        private int[] words(byte[] b) {
            int[] w = new int[b.length / 4];
            for (int i = 0; i < w.length; i++) {
                w[i] = Be.get32(b, 4 * i);
            }
            return w;
        }
    }

    @Nested
    class mptcp_syn_options {
        @Test
        @DisplayName("a first subflow sends its key; a joining one the peer's token, its nonce and its address id")
        void both() {
            MptcpSockets c = new MptcpSockets(2);
            tcp_out_options opts = new tcp_out_options();
            IntRef remaining = new IntRef(40);
            c.sub(0).mptcp_loc_key = 5;

            Options.mptcp_syn_options(c.sub(0), opts, remaining);
            assertThat(opts.mptcp_options).isEqualTo(OPTION_MP_CAPABLE | OPTION_TYPE_SYN);
            assertThat(opts.options).isEqualTo(OPTION_MPTCP);
            assertThat(opts.mp_capable.sender_key).isEqualTo(5);
            assertThat(opts.dss_csum).isTrue();
            assertThat(remaining.val).isEqualTo(28);

            opts.clear();
            sysctl_mptcp_checksum = 0;
            Options.mptcp_syn_options(c.sub(0), opts, remaining);
            assertThat(opts.dss_csum).isFalse();

            opts.clear();
            c.mpcb.mptcp_rem_token = 7;
            c.sub(1).mptcp.mptcp_loc_nonce = 8;
            c.sub(1).mptcp.loc_id = 3;
            c.sub(1).mptcp.low_prio = true;
            remaining.val = 40;
            Options.mptcp_syn_options(c.sub(1), opts, remaining);
            assertThat(opts.mptcp_options).isEqualTo(OPTION_MP_JOIN | OPTION_TYPE_SYN);
            assertThat(opts.mp_join_syns.token).isEqualTo(7);
            assertThat(opts.mp_join_syns.sender_nonce).isEqualTo(8);
            assertThat(opts.mp_join_syns.low_prio).isTrue();
            assertThat(opts.addr_id).isEqualTo(3);
            assertThat(remaining.val).isEqualTo(28);
            c.free();
        }
    }

    @Nested
    class mptcp_synack_options {
        @Test
        @DisplayName("checksums if either side wants them")
        void capable() {
            mptcp_request_sock req = new mptcp_request_sock();
            tcp_out_options opts = new tcp_out_options();
            IntRef remaining = new IntRef(40);
            req.mptcp_loc_key = 9;
            sysctl_mptcp_checksum = 0;

            Options.mptcp_synack_options(req, opts, remaining);
            assertThat(opts.mptcp_options).isEqualTo(OPTION_MP_CAPABLE | OPTION_TYPE_SYNACK);
            assertThat(opts.mp_capable.sender_key).isEqualTo(9);
            assertThat(opts.dss_csum).isFalse();
            assertThat(remaining.val).isEqualTo(28);

            req.dss_csum = true;
            Options.mptcp_synack_options(req, opts, remaining);
            assertThat(opts.dss_csum).isTrue();
        }

        @Test
        @DisplayName("to a join: the truncated HMAC, 16 bytes")
        void join() {
            mptcp_request_sock req = new mptcp_request_sock();
            tcp_out_options opts = new tcp_out_options();
            IntRef remaining = new IntRef(40);
            req.is_sub = true;
            req.mptcp_hash_tmac = 10;
            req.mptcp_loc_nonce = 11;
            req.low_prio = true;
            req.loc_id = 2;

            Options.mptcp_synack_options(req, opts, remaining);
            assertThat(opts.mptcp_options).isEqualTo(OPTION_MP_JOIN | OPTION_TYPE_SYNACK);
            assertThat(opts.mp_join_syns.sender_truncated_mac).isEqualTo(10);
            assertThat(opts.mp_join_syns.sender_nonce).isEqualTo(11);
            assertThat(opts.mp_join_syns.low_prio).isTrue();
            assertThat(opts.addr_id).isEqualTo(2);
            assertThat(remaining.val).isEqualTo(24);
        }
    }

    @Nested
    class mptcp_established_options {
        @Test
        @DisplayName("the table of tcp_established_options has it; a path manager may add to it")
        void path_manager() {
            MptcpSockets c = new MptcpSockets(1);
            tcp_out_options opts = new tcp_out_options();
            IntRef size = new IntRef(12);
            c.mpcb.pm_ops = new mptcp_pm_ops();
            c.mpcb.pm_ops.addr_signal = (sk, s, o, skb) -> s.val += 8;
            c.sub(0).mptcp.send_mp_prio = true;

            Options.mptcp_established_options(c.sub(0), null, opts, size);
            assertThat(size.val).as("timestamps, DSS with mapping, ADD_ADDR").isEqualTo(12 + 20 + 8);
            assertThat(opts.mptcp_options).isEqualTo(OPTION_DATA_ACK);

            size.val = 0;
            Options.mptcp_established_options(c.sub(0), null, opts, size);
            assertThat(size.val).as("now MP_PRIO has room").isEqualTo(20 + 8 + 4);
            assertThat(opts.mptcp_options).isEqualTo(OPTION_DATA_ACK | OPTION_MP_PRIO);
            assertThat(c.sub(0).mptcp.send_mp_prio).as("asked for the size only").isTrue();
            c.free();
        }
    }

    @Nested
    class mptcp_select_window {
        @Test
        @DisplayName("what a subflow offers, the connection has offered")
        void meta() {
            MptcpSockets c = new MptcpSockets(1);
            c.meta.window_clamp = c.meta.rcv_ssthresh = 20_000;
            c.meta.rcv_nxt = 99;
            c.sub(0).icsk_ack.rcv_mss = 1000;

            assertThat(Options.mptcp_select_window(c.sub(0))).isEqualTo(20_000);
            assertThat(c.meta.rcv_wnd).isEqualTo(20_000);
            assertThat(c.meta.rcv_wup).isEqualTo(99);
            c.free();
        }
    }

    static String hex(byte[] b, int len) {
        return HexFormat.of().formatHex(b, 0, len);
    }
}
