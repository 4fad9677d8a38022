// SPDX-License-Identifier: GPL-2.0-only
package tcp_input;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.printk.Printk.dmesg;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.tcp_options_received.TCP_SACK_SEEN;
import static net.mptcp.Sysctls.sysctl_mptcp_checksum;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.FreshSocket.fresh;

import java.util.Arrays;
import java.util.HexFormat;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_fastopen_cookie;
import linux.tcp.tcp_options_received;
import linux.tcp.tcp_sock;
import linux.types.View;
import net.mptcp.mptcp_options_received;
import net.tcp.Sysctls;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FreshSocket;
import testing.KernelTest;
import testing.SocketFields;
import testing.Vectors;

@KernelTest
class OptionsTest {
    /** A header with these options, and the bytes that happen to lie behind it. */
    private static sk_buff packet(int doff, boolean syn, byte[] options, byte[] after) {
        sk_buff skb = alloc_skb(20 + options.length + after.length, GFP_KERNEL);
        skb_reset_transport_header(skb);
        int at = skb_put(skb, 20 + options.length + after.length);
        Arrays.fill(skb.head, at, at + 20, (byte) 0);
        System.arraycopy(options, 0, skb.head, at + 20, options.length);
        System.arraycopy(after, 0, skb.head, at + 20 + options.length, after.length);
        tcp_hdr(skb).doff(doff);
        tcp_hdr(skb).syn(syn);
        return skb;
    }

    private static sk_buff packet(boolean syn, String options) {
        byte[] b = HexFormat.of().parseHex(options.replace(" ", ""));
        return packet(5 + b.length / 4, syn, b, new byte[0]);
    }

    private static int offset(View ptr, sk_buff skb) {
        return ptr == null ? -1 : ptr.at - tcp_hdr(skb).at;
    }

    @Nested
    class tcp_parse_options {
        @Test
        @DisplayName("agrees with the kernel, MPTCP's options included")
        void vectors() {
            Vectors.each("tcp_parse_options", row -> {
                Sysctls.sysctl_tcp_timestamps = row.i32("in.sysctl_tcp_timestamps");
                Sysctls.sysctl_tcp_window_scaling = row.i32("in.sysctl_tcp_window_scaling");
                Sysctls.sysctl_tcp_sack = row.i32("in.sysctl_tcp_sack");
                sysctl_mptcp_checksum = row.i32("in.sysctl_mptcp_checksum");
                tcp_options_received o = new tcp_options_received();
                o.saw_tstamp = row.bool("in.o.saw_tstamp");
                o.tstamp_ok = row.bool("in.o.tstamp_ok");
                o.dsack = row.bool("in.o.dsack");
                o.wscale_ok = row.bool("in.o.wscale_ok");
                o.sack_ok = row.i32("in.o.sack_ok");
                o.snd_wscale = row.i32("in.o.snd_wscale");
                o.rcv_wscale = row.i32("in.o.rcv_wscale");
                o.num_sacks = row.i32("in.o.num_sacks");
                o.user_mss = row.i32("in.o.user_mss");
                o.mss_clamp = row.i32("in.o.mss_clamp");
                o.rcv_tsval = row.i32("in.o.rcv_tsval");
                o.rcv_tsecr = row.i32("in.o.rcv_tsecr");
                mptcp_options_received m = new mptcp_options_received();
                tcp_fastopen_cookie foc = new tcp_fastopen_cookie();
                foc.len = -1;
                sk_buff skb = packet(row.i32("in.th.doff"), row.bool("in.th.syn"), row.bytes("in.options"),
                        row.bytes("in.bytes_after"));

                Options.tcp_parse_options(skb, o, row.bool("in.has_mopt") ? m : null, row.i32("in.estab"),
                        row.bool("in.has_foc") ? foc : null);

                String where = row.toString();
                assertThat(o.saw_tstamp).as(where).isEqualTo(row.bool("out.o.saw_tstamp"));
                assertThat(o.tstamp_ok).as(where).isEqualTo(row.bool("out.o.tstamp_ok"));
                assertThat(o.dsack).as(where).isEqualTo(row.bool("out.o.dsack"));
                assertThat(o.wscale_ok).as(where).isEqualTo(row.bool("out.o.wscale_ok"));
                assertThat(o.sack_ok).as(where).isEqualTo(row.i32("out.o.sack_ok"));
                assertThat(o.snd_wscale).as(where).isEqualTo(row.i32("out.o.snd_wscale"));
                assertThat(o.rcv_wscale).as(where).isEqualTo(row.i32("out.o.rcv_wscale"));
                assertThat(o.num_sacks).as(where).isEqualTo(row.i32("out.o.num_sacks"));
                assertThat(o.user_mss).as(where).isEqualTo(row.i32("out.o.user_mss"));
                assertThat(o.mss_clamp).as(where).isEqualTo(row.i32("out.o.mss_clamp"));
                assertThat(o.rcv_tsval).as(where).isEqualTo(row.i32("out.o.rcv_tsval"));
                assertThat(o.rcv_tsecr).as(where).isEqualTo(row.i32("out.o.rcv_tsecr"));
                assertThat(TCP_SKB_CB(skb).sacked).as(where).isEqualTo(row.i32("out.skb.sacked"));
                assertThat(TCP_SKB_CB(skb).mptcp_flags).as(where).isEqualTo(row.i32("out.skb.mptcp_flags"));
                assertThat(TCP_SKB_CB(skb).dss_off).as(where).isEqualTo(row.i32("out.skb.dss_off"));
                assertThat(foc.len).as(where).isEqualTo(row.i32("out.foc.len"));
                assertThat(Arrays.copyOf(foc.val, Math.max(foc.len, 0))).as(where)
                        .isEqualTo(row.bytes("out.foc.val"));
                assertThat(m.saw_mpc).as(where).isEqualTo(row.bool("out.m.saw_mpc"));
                assertThat(m.dss_csum).as(where).isEqualTo(row.bool("out.m.dss_csum"));
                assertThat(m.drop_me).as(where).isEqualTo(row.bool("out.m.drop_me"));
                assertThat(m.is_mp_join).as(where).isEqualTo(row.bool("out.m.is_mp_join"));
                assertThat(m.join_ack).as(where).isEqualTo(row.bool("out.m.join_ack"));
                assertThat(m.saw_low_prio).as(where).isEqualTo(row.i32("out.m.saw_low_prio"));
                assertThat(m.low_prio).as(where).isEqualTo(row.bool("out.m.low_prio"));
                assertThat(m.saw_add_addr).as(where).isEqualTo(row.i32("out.m.saw_add_addr"));
                assertThat(m.more_add_addr).as(where).isEqualTo(row.bool("out.m.more_add_addr"));
                assertThat(m.saw_rem_addr).as(where).isEqualTo(row.bool("out.m.saw_rem_addr"));
                assertThat(m.more_rem_addr).as(where).isEqualTo(row.bool("out.m.more_rem_addr"));
                assertThat(m.mp_fail).as(where).isEqualTo(row.bool("out.m.mp_fail"));
                assertThat(m.mp_fclose).as(where).isEqualTo(row.bool("out.m.mp_fclose"));
                assertThat(m.rem_id).as(where).isEqualTo(row.i32("out.m.rem_id"));
                assertThat(m.prio_addr_id).as(where).isEqualTo(row.i32("out.m.prio_addr_id"));
                assertThat(m.data_ack).as(where).isEqualTo(row.i32("out.m.data_ack"));
                assertThat(m.data_seq).as(where).isEqualTo(row.i32("out.m.data_seq"));
                assertThat(m.data_len).as(where).isEqualTo(row.i32("out.m.data_len"));
                assertThat(offset(m.add_addr_ptr, skb)).as(where).isEqualTo(row.i32("out.m.add_addr_off"));
                assertThat(offset(m.rem_addr_ptr, skb)).as(where).isEqualTo(row.i32("out.m.rem_addr_off"));
                assertThat(m.mptcp_rem_token).as(where).isEqualTo(row.be32("out.m.mptcp_rem_token"));
                assertThat(m.mptcp_key).as(where)
                        .isEqualTo(Long.parseUnsignedLong(row.text("out.m.mptcp_key"), 16));
                assertThat(m.mptcp_recv_nonce).as(where).isEqualTo(row.be32("out.m.mptcp_recv_nonce"));
                assertThat(m.mptcp_recv_tmac).as(where)
                        .isEqualTo(Long.parseUnsignedLong(row.text("out.m.mptcp_recv_tmac"), 16));
                assertThat(m.mptcp_recv_mac).as(where).isEqualTo(row.bytes("out.m.mptcp_recv_mac"));
                kfree_skb(skb);
            });
        }

        private tcp_options_received parse(boolean syn, int estab, String options) {
            tcp_options_received o = new tcp_options_received();
            sk_buff skb = packet(syn, options);
            Options.tcp_parse_options(skb, o, null, estab, null);
            kfree_skb(skb);
            return o;
        }

        @Test
        @DisplayName("a SYN as it is usually sent: MSS, SACK permitted, timestamps, window scale")
        void usual_syn() {
            tcp_options_received o = parse(true, 0, "020405b4 0402 080a0000012c00000000 01 030307");

            assertThat(o.mss_clamp).isEqualTo(1460);
            assertThat(o.sack_ok).isEqualTo(TCP_SACK_SEEN);
            assertThat(o.saw_tstamp).isTrue();
            assertThat(o.rcv_tsval).isEqualTo(300);
            assertThat(o.wscale_ok).isTrue();
            assertThat(o.snd_wscale).isEqualTo(7);
        }

        @Test
        @DisplayName("what belongs to a SYN does not count in any other segment")
        void only_in_syn() {
            tcp_options_received o = parse(false, 1, "020405b4 0402 0101 030307 01");

            assertThat(o.mss_clamp).isZero();
            assertThat(o.sack_ok).isZero();
            assertThat(o.wscale_ok).isFalse();
        }

        @Test
        @DisplayName("TCP_MAXSEG lowers what the peer says, and never raises it")
        void user_mss() {
            for (int[] c : new int[][] {{1000, 1000}, {1460, 1460}, {5000, 1460}, {0, 1460}}) {
                tcp_options_received o = new tcp_options_received();
                o.user_mss = c[0];
                sk_buff skb = packet(true, "020405b4");
                Options.tcp_parse_options(skb, o, null, 0, null);
                kfree_skb(skb);
                assertThat(o.mss_clamp).as("TCP_MAXSEG " + c[0]).isEqualTo(c[1]);
            }
        }

        @Test
        @DisplayName("a window scale above 14 is taken for 14, and the log says so")
        void illegal_wscale() {
            assertThat(parse(true, 0, "01 0303ff").snd_wscale).isEqualTo(14);
            assertThat(dmesg()).anyMatch(l -> l.text().contains("Illegal window scaling value 255 >14 received"));
        }

        @Test
        @DisplayName("an option with an impossible length hides everything behind it")
        void broken_length() {
            assertThat(parse(true, 0, "0201 0101 020405b4").mss_clamp).as("length 1").isZero();
            assertThat(parse(true, 0, "0500 0101 020405b4").mss_clamp).as("length 0").isZero();
            assertThat(parse(true, 0, "0101 050a 020405b4").mss_clamp).as("beyond the end").isZero();
            assertThat(parse(true, 0, "00 010101 020405b4").mss_clamp).as("end of the list").isZero();
            assertThat(parse(true, 0, "6304abcd 020405b4").mss_clamp).as("unknown, stepped over").isEqualTo(1460);
        }

        @Test
        @DisplayName("a kind in the very last byte ends the list; nothing behind the header is looked at")
        void last_byte() {
            sk_buff skb = packet(true, "010101 02");
            tcp_options_received o = new tcp_options_received();

            Options.tcp_parse_options(skb, o, null, 0, null);

            assertThat(o.mss_clamp).isZero();
            kfree_skb(skb);
        }

        private int cookie(boolean syn, String options) {
            sk_buff skb = packet(syn, options);
            tcp_fastopen_cookie foc = new tcp_fastopen_cookie();
            foc.len = -1;
            Options.tcp_parse_options(skb, new tcp_options_received(), null, 0, foc);
            kfree_skb(skb);
            return foc.len;
        }

        @Test
        @DisplayName("Fast Open: a cookie of 4 to 16 bytes, a request for one, or neither")
        void fast_open() {
            assertThat(cookie(true, "fe0cf989 0102030405060708")).isEqualTo(8);
            assertThat(cookie(true, "fe04f989")).isZero();
            assertThat(cookie(true, "fe06f989 0102 0101")).as("too short").isEqualTo(-1);
            assertThat(cookie(true, "fe0dffff 0102030405060708 09 010101")).as("another magic").isEqualTo(-1);
            assertThat(cookie(false, "fe0cf989 0102030405060708")).as("not in a SYN").isEqualTo(-1);
        }

        @Test
        @DisplayName("of SACK blocks only the place is noted, and only if SACK was agreed on")
        void sack_blocks() {
            for (int sack_ok : new int[] {0, TCP_SACK_SEEN}) {
                tcp_options_received o = new tcp_options_received();
                o.sack_ok = sack_ok;
                sk_buff skb = packet(false, "0101 050a 0000006400000065");
                Options.tcp_parse_options(skb, o, null, 1, null);
                assertThat(TCP_SKB_CB(skb).sacked).isEqualTo(sack_ok == 0 ? 0 : 22);
                kfree_skb(skb);
            }
        }
    }

    @Nested
    class tcp_parse_aligned_timestamp {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_parse_aligned_timestamp", row -> {
                tcp_sock tp = FreshSocket.of(row);
                sk_buff skb = packet(8, false, row.bytes("in.options"), new byte[0]);

                assertThat(Options.tcp_parse_aligned_timestamp(tp, tcp_hdr(skb))).as(row.toString())
                        .isEqualTo(row.bool("out.ret"));

                SocketFields.out(row, tp);
                kfree_skb(skb);
            });
        }

        @Test
        @DisplayName("takes our offset off the echo, unless there is none")
        void offset() {
            tcp_sock tp = fresh();
            tp.tsoffset = 1000;
            sk_buff skb = packet(false, "0101080a 00000005 000003f0");
            assertThat(Options.tcp_parse_aligned_timestamp(tp, tcp_hdr(skb))).isTrue();
            assertThat(tp.rx_opt.rcv_tsval).isEqualTo(5);
            assertThat(tp.rx_opt.rcv_tsecr).isEqualTo(8);
            kfree_skb(skb);

            skb = packet(false, "0101080a 00000005 00000000");
            Options.tcp_parse_aligned_timestamp(tp, tcp_hdr(skb));
            assertThat(tp.rx_opt.rcv_tsecr).isZero();
            kfree_skb(skb);
        }
    }

    @Nested
    class tcp_fast_parse_options {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_fast_parse_options", row -> {
                tcp_sock tp = FreshSocket.of(row);
                sk_buff skb = packet(row.i32("in.th.doff"), false, row.bytes("in.options"),
                        row.bytes("in.bytes_after"));

                assertThat(Options.tcp_fast_parse_options(skb, tcp_hdr(skb), tp)).as(row.toString())
                        .isEqualTo(row.bool("out.ret"));

                SocketFields.out(row, tp);
                assertThat(TCP_SKB_CB(skb).sacked).as(row.toString()).isEqualTo(row.i32("out.skb.sacked"));
                kfree_skb(skb);
            });
        }

        private tcp_sock parse(tcp_sock tp, String options) {
            sk_buff skb = packet(false, options);
            Options.tcp_fast_parse_options(skb, tcp_hdr(skb), tp);
            kfree_skb(skb);
            return tp;
        }

        @Test
        @DisplayName("timestamps that are not aligned are found too; without options there are none")
        void not_aligned() {
            tcp_sock tp = fresh();
            tp.rx_opt.tstamp_ok = true;
            assertThat(parse(tp, "080a 00000007 00000009 0101").rx_opt.saw_tstamp).isTrue();
            assertThat(tp.rx_opt.rcv_tsval).isEqualTo(7);
            assertThat(parse(tp, "").rx_opt.saw_tstamp).isFalse();
        }

        @Test
        @DisplayName("timestamps that were not agreed on do not count")
        void not_agreed() {
            assertThat(parse(fresh(), "0101080a 00000007 00000009").rx_opt.saw_tstamp).isFalse();
        }
    }
}
