// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static mptcp_output.Dss.mptcp_save_dss_data_seq;
import static mptcp_output.Dss.mptcp_write_dss_data_ack;
import static mptcp_output.Dss.mptcp_write_dss_mapping;
import static net.mptcp.Dss.mptcp_is_data_seq;
import static net.mptcp.MptcpConst.MPTCPHDR_INF;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ;
import static net.mptcp.MptcpConst.OPTION_DATA_ACK;
import static net.mptcp.MptcpConst.OPTION_MPTCP;
import static net.mptcp.MptcpConst.OPTION_MP_CAPABLE;
import static net.mptcp.MptcpConst.OPTION_MP_FAIL;
import static net.mptcp.MptcpConst.OPTION_MP_FCLOSE;
import static net.mptcp.MptcpConst.OPTION_MP_JOIN;
import static net.mptcp.MptcpConst.OPTION_MP_PRIO;
import static net.mptcp.MptcpConst.OPTION_TYPE_ACK;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
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

        private MptcpSockets c;
        private tcp_sock tp;
        private sk_buff skb;
        private final tcp_out_options opts = new tcp_out_options();
        private final IntRef size = new IntRef(12);

        @BeforeEach
        void established() {
            c = new MptcpSockets(1);
            tp = c.sub(0);
            c.mpcb.mptcp_loc_key = 0x1122334455667788L;
            c.mpcb.mptcp_rem_key = 0x0102030405060708L;
            skb = MptcpSockets.packet(5000, 100);
        }

        @AfterEach
        void nothing_left() {
            MptcpSockets.free(skb);
            c.free();
        }

        /** What is to be written, and how many bytes more that is. */
        private void decide(sk_buff skb, int options, int bytes) {
            opts.options = opts.mptcp_options = 0;
            size.val = 12;
            Options.mptcp_established_options(tp, skb, opts, size);
            assertThat(opts.options).isEqualTo(options == 0 ? 0 : OPTION_MPTCP);
            assertThat(opts.mptcp_options).isEqualTo(options);
            assertThat(size.val).isEqualTo(12 + bytes);
        }

        @Test
        @DisplayName("MP_FAIL goes alone, also before a fast close")
        void fail() {
            tp.mptcp.send_mp_fail = tp.send_mp_fclose = tp.mptcp.include_mpc = true;
            decide(skb, OPTION_MP_FAIL, 12);
            assertThat(tp.mptcp.include_mpc).isTrue();
        }

        @Test
        @DisplayName("MP_FASTCLOSE goes alone, with the key of the peer")
        void fclose() {
            tp.send_mp_fclose = tp.mptcp.include_mpc = true;
            decide(skb, OPTION_MP_FCLOSE, 12);
            assertThat(opts.mp_capable.receiver_key).isEqualTo(0x0102030405060708L);
        }

        @Test
        @DisplayName("the first ACK has both keys, once; the data ACK comes with it")
        void include_mpc() {
            tp.mptcp.include_mpc = true;
            c.mpcb.dss_csum = true;

            decide(null, OPTION_MP_CAPABLE | OPTION_TYPE_ACK, 20);
            assertThat(tp.mptcp.include_mpc).as("asked for the size only").isTrue();

            decide(skb, OPTION_MP_CAPABLE | OPTION_TYPE_ACK | OPTION_DATA_ACK, 20 + 4 + 4);
            assertThat(tp.mptcp.include_mpc).isFalse();
            assertThat(opts.mp_capable.sender_key).isEqualTo(0x1122334455667788L);
            assertThat(opts.mp_capable.receiver_key).isEqualTo(0x0102030405060708L);
            assertThat(opts.dss_csum).isTrue();
        }

        @Test
        @DisplayName("the third ACK of a join has its HMAC and nothing else")
        void pre_established() {
            tp.mptcp.pre_established = true;
            decide(skb, OPTION_MP_JOIN | OPTION_TYPE_ACK, 24);
        }

        @Test
        @DisplayName("a data ACK of 8 bytes, with a mapping 20; the size is always asked with one")
        void dss() {
            decide(skb, OPTION_DATA_ACK, 8);
            TCP_SKB_CB(skb).mptcp_flags |= MPTCPHDR_SEQ;
            decide(skb, OPTION_DATA_ACK, 20);
            decide(null, OPTION_DATA_ACK, 20);
        }

        @Test
        @DisplayName("the peer's mapping is infinite and ours has become so: nothing any more")
        void infinite_by_the_peer() {
            c.mpcb.infinite_mapping_snd = true;
            decide(skb, 0, 0);
            decide(null, 0, 0);
        }

        @Test
        @DisplayName("we have announced it: nothing on data behind it, but on those before it and on the announcement itself")
        void infinite_by_us() {
            c.mpcb.infinite_mapping_snd = c.mpcb.send_infinite_mapping = true;
            tp.mptcp.infinite_cutoff_seq = 5000;
            decide(null, OPTION_DATA_ACK, 20);
            decide(skb, OPTION_DATA_ACK, 8);

            TCP_SKB_CB(skb).mptcp_flags |= MPTCPHDR_SEQ;
            decide(skb, 0, 0);
            TCP_SKB_CB(skb).mptcp_flags |= MPTCPHDR_INF;
            decide(skb, OPTION_DATA_ACK, 20);
            TCP_SKB_CB(skb).mptcp_flags &= ~MPTCPHDR_INF;
            tp.mptcp.infinite_cutoff_seq = 5001;
            decide(skb, OPTION_DATA_ACK, 20);
        }

        @Test
        @DisplayName("MP_PRIO if four bytes are left, once")
        void prio() {
            tp.mptcp.send_mp_prio = true;
            c.mpcb.pm_ops = new mptcp_pm_ops();
            int[] more = {40 - 12 - 8 - 3};
            c.mpcb.pm_ops.addr_signal = (sk, s, o, skb) -> s.val += more[0];
            decide(skb, OPTION_DATA_ACK, 25);
            assertThat(tp.mptcp.send_mp_prio).isTrue();

            more[0]--;
            decide(skb, OPTION_DATA_ACK | OPTION_MP_PRIO, 28);
            assertThat(tp.mptcp.send_mp_prio).isFalse();
            decide(skb, OPTION_DATA_ACK, 24);
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
