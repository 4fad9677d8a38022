// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static mptcp_output.Dss.mptcp_save_dss_data_seq;
import static mptcp_output.Dss.mptcp_write_dss_data_ack;
import static mptcp_output.Dss.mptcp_write_dss_mapping;
import static net.mptcp.Dss.mptcp_is_data_seq;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_out_options;
import linux.tcp.tcp_sock;
import linux.types.Be;
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

    static String hex(byte[] b, int len) {
        return HexFormat.of().formatHex(b, 0, len);
    }
}
