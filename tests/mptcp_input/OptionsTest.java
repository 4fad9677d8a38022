// SPDX-License-Identifier: GPL-2.0-only
package mptcp_input;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.kernel.Kernel.u32;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Free.kfree_skb;
import static linux.tcp.Header.tcp_hdr;
import static linux.types.Be.get64;
import static net.mptcp.MptcpConst.MPTCPHDR_ACK;
import static net.mptcp.MptcpConst.MPTCPHDR_DSS_CSUM;
import static net.mptcp.MptcpConst.MPTCPHDR_FIN;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ;
import static net.mptcp.Sysctls.sysctl_mptcp_checksum;
import static net.mptcp.Sysctls.sysctl_mptcp_debug;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_input.Options.tcp_parse_options;
import static testing.ScriptedPeer.RST;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import linux.printk.Printk;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_options_received;
import linux.types.View;
import net.mptcp.mptcp_options_received;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;
import testing.MptcpPeer;
import testing.ScriptedPeer;
import testing.Vectors;

@KernelTest
class OptionsTest {
    private final mptcp_options_received mopt = new mptcp_options_received();
    private sk_buff skb;

    @AfterEach
    void free() {
        if (skb != null) {
            kfree_skb(skb);
        }
    }

    /** A segment with these options, and these bytes behind them. */
    private sk_buff segment(byte[] options, int doff, byte[] after) {
        free();
        skb = alloc_skb(200, GFP_KERNEL);
        skb.transport_header = skb.data;
        int at = skb_put(skb, 20 + options.length + after.length);
        System.arraycopy(options, 0, skb.head, at + 20, options.length);
        System.arraycopy(after, 0, skb.head, at + 20 + options.length, after.length);
        tcp_hdr(skb).doff(doff);
        return skb;
    }

    /** Parses one option. */
    private void parse(byte[] option) {
        segment(option, 5 + option.length / 4, new byte[0]);
        Options.mptcp_parse_options(skb.head, skb.data + 20, option.length, mopt, skb);
    }

    private int flags() {
        return TCP_SKB_CB(skb).mptcp_flags;
    }

    @Nested
    class mptcp_send_reset_rem_id {
        @Test
        @DisplayName("resets the subflows to that address, and only these; what was out on them goes out on others")
        void resets() {
            MptcpPeer p = new MptcpPeer();
            MptcpPeer.Flow second = p.join(40001, 7);
            p.sub(p.first).mptcp.rem_id = 7;
            p.sub(second).mptcp.rem_id = 3;
            // The subflow to address 7 has the data.
            p.sub(second).srtt = 1000 << 3;
            p.write("abc");
            p.sent();

            Options.mptcp_send_reset_rem_id(p.mpcb, 7);
            ScriptedPeer.later(1);

            List<ScriptedPeer.Segment> sent = p.sent();
            assertThat(sent).anyMatch(s -> s.dest() == p.first.port && (s.flags() & RST) != 0);
            assertThat(sent).noneMatch(s -> s.dest() == second.port && (s.flags() & RST) != 0);
            assertThat(sent).anyMatch(s -> s.dest() == second.port && s.payload().length == 3);
            assertThat(p.sub(p.first)).isNull();
            assertThat(p.sub(second)).isNotNull();
            p.end();
        }

        @Test
        @DisplayName("kernel bug: the application does not hear of it when the last one is lost")
        void last() {
            MptcpPeer p = new MptcpPeer();

            Options.mptcp_send_reset_rem_id(p.mpcb, 0);
            ScriptedPeer.later(1);

            assertThat(p.mpcb.cnt_subflows).isZero();
            assertThat(p.read(10)).isEmpty();
            assertThat(p.meta.sk_err).isZero();
            p.end();
        }
    }

    @Nested
    class mptcp_parse_options {
        @Test
        @DisplayName("every row of the kernel's table")
        void vectors() {
            Vectors.each("tcp_parse_options", row -> {
                mptcp_options_received m = new mptcp_options_received();
                tcp_options_received o = new tcp_options_received();
                segment(row.bytes("in.options"), row.i32("in.th.doff"), row.bytes("in.bytes_after"));
                tcp_hdr(skb).syn(row.bool("in.th.syn"));
                sysctl_mptcp_checksum = row.i32("in.sysctl_mptcp_checksum");

                tcp_parse_options(skb, o, row.bool("in.has_mopt") ? m : null, row.i32("in.estab"), null);

                Map<String, Object> got = new LinkedHashMap<>();
                got.put("skb.mptcp_flags", (long) flags());
                got.put("skb.dss_off", (long) TCP_SKB_CB(skb).dss_off);
                got.put("m.saw_mpc", m.saw_mpc ? 1L : 0);
                got.put("m.dss_csum", m.dss_csum ? 1L : 0);
                got.put("m.drop_me", m.drop_me ? 1L : 0);
                got.put("m.is_mp_join", m.is_mp_join ? 1L : 0);
                got.put("m.join_ack", m.join_ack ? 1L : 0);
                got.put("m.saw_low_prio", (long) m.saw_low_prio);
                got.put("m.low_prio", m.low_prio ? 1L : 0);
                got.put("m.saw_add_addr", (long) m.saw_add_addr);
                got.put("m.more_add_addr", m.more_add_addr ? 1L : 0);
                got.put("m.saw_rem_addr", m.saw_rem_addr ? 1L : 0);
                got.put("m.more_rem_addr", m.more_rem_addr ? 1L : 0);
                got.put("m.mp_fail", m.mp_fail ? 1L : 0);
                got.put("m.mp_fclose", m.mp_fclose ? 1L : 0);
                got.put("m.rem_id", (long) m.rem_id);
                got.put("m.prio_addr_id", (long) m.prio_addr_id);
                got.put("m.data_ack", u32(m.data_ack));
                got.put("m.data_seq", u32(m.data_seq));
                got.put("m.data_len", (long) m.data_len);
                got.put("m.add_addr_off", offset(m.add_addr_ptr));
                got.put("m.rem_addr_off", offset(m.rem_addr_ptr));
                got.forEach((column, value) ->
                        assertThat(value).as("%s %s", row, column).isEqualTo(row.i64("out." + column)));
                assertThat(String.format("%08x", m.mptcp_rem_token)).isEqualTo(row.text("out.m.mptcp_rem_token"));
                assertThat(String.format("%016x", m.mptcp_key)).isEqualTo(row.text("out.m.mptcp_key"));
                assertThat(String.format("%08x", m.mptcp_recv_nonce)).isEqualTo(row.text("out.m.mptcp_recv_nonce"));
                assertThat(String.format("%016x", m.mptcp_recv_tmac)).isEqualTo(row.text("out.m.mptcp_recv_tmac"));
                assertThat(m.mptcp_recv_mac).isEqualTo(row.bytes("out.m.mptcp_recv_mac"));
            });
        }

        private long offset(View v) {
            return v == null ? -1 : v.at - skb.transport_header;
        }

        @Test
        @DisplayName("nobody wants to know: nothing is noted")
        void nobody() {
            segment(new byte[8], 7, new byte[0]);

            Options.mptcp_parse_options(MptcpPeer.option(30, 8, 0x20, 1), 0, 8, null, skb);

            assertThat(flags()).isZero();
        }

        @ParameterizedTest(name = "version {0}, flags {1}, length {2}")
        @DisplayName("MP_CAPABLE: version 0, H, and 12 or 20 bytes; B has the segment dropped")
        @CsvSource({
            "0, 0x01, 12, true, false",
            "0, 0x81, 20, true, false",
            "0, 0x01, 11, false, false",
            "0, 0x01, 13, false, false",
            "1, 0x01, 12, false, false",
            "0, 0x00, 12, false, false",
            "0, 0x41, 12, false, true"
        })
        void mp_capable(int version, String flags, int length, boolean seen, boolean dropped) {
            byte[] b = MptcpPeer.option(30, length, version, Integer.decode(flags), 1, 2, 3, 4, 5, 6, 7);

            parse(b);

            assertThat(mopt.saw_mpc).isEqualTo(seen);
            assertThat(mopt.drop_me).isEqualTo(dropped);
            assertThat(mopt.mptcp_key).isEqualTo(seen ? get64(b, 4) : 0);
        }

        @Test
        @DisplayName("checksums are used if either side wants them")
        void checksums() {
            sysctl_mptcp_checksum = 0;
            parse(MptcpPeer.option(30, 12, 0x00, 0x01));
            assertThat(mopt.dss_csum).isFalse();
            parse(MptcpPeer.option(30, 12, 0x00, 0x81));
            assertThat(mopt.dss_csum).isTrue();
            sysctl_mptcp_checksum = 1;
            parse(MptcpPeer.option(30, 12, 0x00, 0x01));
            assertThat(mopt.dss_csum).isTrue();
        }

        @Test
        @DisplayName("DSS: all 32 forms are taken at their exact length, and at no other")
        void dss() {
            for (int flags = 0; flags < 32; flags++) {
                boolean m = (flags & 4) != 0;
                int len = 4 + ((flags & 1) != 0 ? (flags & 2) != 0 ? 8 : 4 : 0)
                        + (m ? 10 + ((flags & 8) != 0 ? 4 : 0) : 0);
                for (int more = -1; more <= 3; more++) {
                    if (len + more < 4) {
                        continue;
                    }
                    parse(MptcpPeer.option(30, len + more, 0x20, flags));

                    boolean good = more == 0 || more == 2 && m;
                    assertThat((flags() & MPTCPHDR_ACK) != 0)
                            .as("flags %x, %d more: data ACK", flags, more)
                            .isEqualTo(good && (flags & 1) != 0);
                    assertThat((flags() & MPTCPHDR_SEQ) != 0)
                            .as("flags %x, %d more: mapping", flags, more)
                            .isEqualTo(good && m);
                    assertThat((flags() & MPTCPHDR_DSS_CSUM) != 0).isEqualTo(more == 2 && m);
                    assertThat((flags() & MPTCPHDR_FIN) != 0)
                            .as("DATA_FIN needs a mapping")
                            .isEqualTo(good && m && (flags & 0x10) != 0);
                }
            }
        }

        @Test
        @DisplayName("the second ADD_ADDR and the second REMOVE_ADDR only say that there are more")
        void more() {
            byte[] two = MptcpPeer.bytes(
                    MptcpPeer.option(30, 8, 0x34, 1), MptcpPeer.option(30, 8, 0x34, 2),
                    MptcpPeer.option(30, 4, 0x40, 1), MptcpPeer.option(30, 4, 0x40, 2));
            segment(two, 11, new byte[0]);

            Options.tcp_parse_mptcp_options(skb, mopt);

            assertThat(mopt.more_add_addr).isTrue();
            assertThat(mopt.add_addr_ptr.at).isEqualTo(skb.data + 20);
            assertThat(mopt.more_rem_addr).isTrue();
            assertThat(mopt.rem_addr_ptr.at).isEqualTo(skb.data + 36);
        }

        @Test
        @DisplayName("MP_PRIO of this subflow, or of the address with an id; 5 bytes are ignored")
        void prio() {
            parse(MptcpPeer.option(30, 5, 0x51, 9));
            assertThat(mopt.saw_low_prio).isZero();
            parse(MptcpPeer.option(30, 3, 0x51));
            assertThat(mopt.saw_low_prio).isOne();
            assertThat(mopt.low_prio).isTrue();
            parse(MptcpPeer.option(30, 4, 0x50, 9));
            assertThat(mopt.saw_low_prio).isEqualTo(2);
            assertThat(mopt.low_prio).isFalse();
            assertThat(mopt.prio_addr_id).isEqualTo(9);
        }

        @Test
        @DisplayName("an unknown subtype, or a length that is wrong, is logged when debugging is on")
        void debug() {
            sysctl_mptcp_debug = 1;
            parse(MptcpPeer.option(30, 4, 0xf0));
            parse(MptcpPeer.option(30, 5, 0x10));

            assertThat(Printk.dmesg()).anyMatch(l -> l.text().contains("unkown subtype: 15"));
            assertThat(Printk.dmesg()).anyMatch(l -> l.text().contains("mp_join: bad option size 5"));
        }

        @Test
        @DisplayName("two bytes at the end of the options: the subtype is read behind them, and nothing comes of it")
        void two_bytes() {
            segment(new byte[] {1, 1, 30, 2}, 6, new byte[] {0x20, 0x01});

            Options.mptcp_parse_options(skb.head, skb.data + 22, 2, mopt, skb);

            assertThat(flags()).isZero();
        }
    }

    @Nested
    class tcp_parse_mptcp_options {
        @Test
        @DisplayName("skips what is not of MPTCP")
        void skips() {
            segment(MptcpPeer.bytes(new byte[] {1, 2, 4, 5, 6, 1}, MptcpPeer.option(30, 12, 0x00, 0x01), new byte[2]),
                    10, new byte[0]);

            Options.tcp_parse_mptcp_options(skb, mopt);

            assertThat(mopt.saw_mpc).isTrue();
        }

        @Test
        @DisplayName("what stands behind the end of the list does not count")
        void end_of_list() {
            segment(MptcpPeer.bytes(new byte[] {1, 1, 1, 0}, MptcpPeer.option(30, 12, 0x00, 0x01)), 9, new byte[0]);

            Options.tcp_parse_mptcp_options(skb, mopt);

            assertThat(mopt.saw_mpc).isFalse();
        }

        @ParameterizedTest(name = "{0} {1}")
        @DisplayName("lengths 0 and 1, or past the header, or a kind without a length: the rest is ignored")
        @CsvSource({"30, 0", "30, 1", "30, 40", "2, 0"})
        void silly(int kind, int length) {
            byte[] b = MptcpPeer.bytes(
                    new byte[] {1, 1, (byte) kind, (byte) length}, MptcpPeer.option(30, 12, 0x00, 0x01));
            segment(b, 9, new byte[0]);

            Options.tcp_parse_mptcp_options(skb, mopt);

            assertThat(mopt.saw_mpc).isFalse();
        }

        @Test
        @DisplayName("a kind in the last place ends the list, also at the end of the buffer")
        void last_byte() {
            skb = alloc_skb(64, GFP_KERNEL);
            int n = skb.head.length;
            skb.transport_header = n - 24;
            skb.data = n - 24;
            skb.tail = n;
            skb.len = 24;
            tcp_hdr(skb).doff(6);
            Arrays.fill(skb.head, n - 4, n, (byte) 1);
            skb.head[n - 1] = 30;

            Options.tcp_parse_mptcp_options(skb, mopt);

            assertThat(flags()).isZero();
        }
    }
}
