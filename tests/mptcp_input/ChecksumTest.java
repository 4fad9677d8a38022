// SPDX-License-Identifier: GPL-2.0-only
package mptcp_input;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Queue.__skb_queue_purge;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.tcp.Header.tcp_hdr;
import static linux.types.Be.get64;
import static linux.types.Be.put16;
import static linux.types.Be.put32;
import static mptcp_ctrl.Crypto.mptcp_key_sha1;
import static net.mptcp.MptcpConst.MPTCPHDR_DSS_CSUM;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ64_SET;
import static net.mptcp.MptcpConst.MPTCP_SUB_FAIL;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.RST;

import java.util.Objects;
import linux.compiler.LongRef;
import linux.printk.Printk;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import testing.MptcpPeer;
import testing.MptcpSockets;
import testing.ScriptedPeer;
import testing.Vectors;

@KernelTest
class ChecksumTest {
    private static final int SEQ64 = MPTCPHDR_SEQ64_SET;

    private MptcpSockets c;
    private tcp_sock tp;

    @BeforeEach
    void connection() {
        c = new MptcpSockets(1);
        tp = c.sub(0);
        tp.sk_rcvbuf = 1 << 20;
    }

    @AfterEach
    void free() {
        __skb_queue_purge(tp.sk_receive_queue);
        c.free();
    }

    /** A packet on the receive queue as TCP leaves it: the header is in front of the payload. */
    private sk_buff packet(int seq, byte[] payload, byte[] options) {
        sk_buff skb = alloc_skb(100 + payload.length, GFP_KERNEL);
        skb_reserve(skb, 20 + options.length);
        skb.transport_header = skb.data - 20 - options.length;
        System.arraycopy(options, 0, skb.head, skb.transport_header + 20, options.length);
        tcp_hdr(skb).doff((20 + options.length) / 4);
        System.arraycopy(payload, 0, skb.head, skb_put(skb, payload.length), payload.length);
        TCP_SKB_CB(skb).seq = seq;
        TCP_SKB_CB(skb).end_seq = seq + payload.length;
        if (options.length > 0) {
            TCP_SKB_CB(skb).mptcp_flags = MPTCPHDR_SEQ | MPTCPHDR_DSS_CSUM;
            TCP_SKB_CB(skb).dss_off = 20;
        }
        __skb_queue_tail(tp.sk_receive_queue, skb);
        return skb;
    }

    private void mapping(long dataSeq, int subseq, int len) {
        tp.mptcp.map_data_seq = dataSeq;
        tp.mptcp.map_subseq = subseq;
        tp.mptcp.map_data_len = len;
        tp.mptcp.mapping_present = true;
    }

    @Nested
    class mptcp_verif_dss_csum {
        @Test
        @DisplayName("every row of the kernel's table")
        void vectors() {
            Vectors.each("mptcp_verif_dss_csum", row -> {
                int seq = row.i32("in.tp.mptcp.map_subseq");
                MptcpSockets v = new MptcpSockets(1);
                tp = v.sub(0);
                tp.copied_seq = seq;
                mapping(row.i64("in.tp.mptcp.map_data_seq"), seq, row.i32("in.tp.mptcp.map_data_len"));
                for (int i = 0; i < row.i32("in.n_skbs"); i++) {
                    byte[] payload = row.bytes("in.skb" + i + ".data");
                    sk_buff skb = packet(seq, payload, i == 0 ? row.bytes("in.dss_at_dss_off") : new byte[0]);
                    if (i == 0 && row.bool("in.SEQ64_SET")) {
                        TCP_SKB_CB(skb).mptcp_flags |= SEQ64;
                    }
                    seq += payload.length;
                }

                assertThat(Checksum.mptcp_verif_dss_csum(tp)).as("%s", row).isEqualTo(row.i32("out.ret"));
                assertThat(tp.mptcp.send_mp_fail).as("%s", row).isEqualTo(row.bool("out.tp.mptcp.send_mp_fail"));
                assertThat(v.mpcb.csum_cutoff_seq).as("%s", row).isEqualTo(row.i64("out.vmp.mpcb.csum_cutoff_seq"));
                assertThat(v.mpcb.send_infinite_mapping)
                        .as("%s", row)
                        .isEqualTo(row.bool("out.vmp.mpcb.send_infinite_mapping"));
                assertThat(tp.copied_seq).as("%s", row).isEqualTo(row.i32("out.tp.copied_seq"));
                assertThat(tp.sk_receive_queue.qlen).as("%s", row).isEqualTo(row.i32("out.receive_queue_len"));
                __skb_queue_purge(tp.sk_receive_queue);
            });
        }

        /** The option as it is on the wire: 32-bit number, checksum. */
        private byte[] dss(int dsn, int ssn, int len, int csum) {
            byte[] b = new byte[12];
            put32(b, 0, dsn);
            put32(b, 4, ssn);
            put16(b, 8, len);
            put16(b, 10, csum);
            return b;
        }

        @ParameterizedTest(name = "cut at {0}")
        @DisplayName("1000 zero bytes that were seen on the wire, in one packet or cut at even and odd places")
        @ValueSource(ints = {0, 500, 501, 999})
        void seen_on_the_wire(int cut) {
            LongRef idsn = new LongRef();
            mptcp_key_sha1(0xce667e15c1bd6344L, null, idsn);
            assertThat((int) idsn.val + 1).isEqualTo(153074637);
            mapping(idsn.val + 1, 1, 1000);
            int first = cut == 0 ? 1000 : cut;
            packet(1, new byte[first], dss(153074637, 1, 1000, 0x4879));
            if (cut != 0) {
                packet(1 + cut, new byte[1000 - cut], new byte[0]);
            }

            assertThat(Checksum.mptcp_verif_dss_csum(tp)).isOne();
        }

        @Test
        @DisplayName("wrong on the last subflow: MP_FAIL, infinite mapping from there, and the queue is thrown away")
        void last_subflow() {
            mapping(0x1_0000_0005L, 1, 4);
            packet(1, new byte[4], dss(5, 1, 4, 0x1234));

            assertThat(Checksum.mptcp_verif_dss_csum(tp)).isZero();

            assertThat(tp.mptcp.send_mp_fail).isTrue();
            assertThat(c.mpcb.csum_cutoff_seq).isEqualTo(0x1_0000_0005L);
            assertThat(c.mpcb.send_infinite_mapping).isTrue();
            assertThat(tp.sk_receive_queue.qlen).isZero();
            assertThat(tp.copied_seq).isEqualTo(5);
            assertThat(Printk.dmesg()).anyMatch(l -> l.text().contains("mptcp_verif_dss_csum csum is wrong: 0x"));
        }

        @Test
        @DisplayName("an empty packet after an odd one does not stop the machine: the odd byte waits for the next")
        void empty_after_odd() {
            mapping(5, 1, 4);
            packet(1, new byte[3], dss(5, 1, 4, 0xffff - 10));
            packet(4, new byte[0], new byte[0]);
            packet(4, new byte[1], new byte[0]);

            // All zero: what is left is the pseudo header, 5 + 1 + 4 and its complement.
            assertThat(Checksum.mptcp_verif_dss_csum(tp)).isOne();
        }

        @Test
        @DisplayName("a mapping behind the end of the packet does not stop the machine: the sum is wrong")
        void behind_the_end() {
            mapping(5, 1, 0);
            sk_buff skb = packet(1, new byte[0], dss(5, 1, 4, 0));
            TCP_SKB_CB(skb).dss_off = 32;

            assertThat(Checksum.mptcp_verif_dss_csum(tp)).isZero();
        }

        @Test
        @DisplayName("no packet at all does not stop the machine either")
        void no_packet() {
            mapping(5, 1, 4);

            assertThat(Checksum.mptcp_verif_dss_csum(tp)).isZero();
        }
    }

    @Nested
    class on_a_connection {
        private MptcpPeer p;

        @BeforeEach
        void connected() {
            p = new MptcpPeer(true);
        }

        @AfterEach
        void end() {
            p.end();
        }

        @Test
        @DisplayName("right sums: data are delivered, also when a mapping comes in odd pieces")
        void right() {
            byte[] all = "abcdefgh".getBytes(US_ASCII);
            byte[] option = p.dss(p.first).map(1, 1, all).bytes();
            p.send(p.first, ACK, option, "abc".getBytes(US_ASCII));
            assertThat(p.read(10)).isEmpty();
            p.send(p.first, ACK, option, "d".getBytes(US_ASCII));
            p.send(p.first, ACK, option, "efgh".getBytes(US_ASCII));

            assertThat(p.read(10)).isEqualTo("abcdefgh");
        }

        @Test
        @DisplayName("right sums with 64-bit numbers")
        void wide() {
            byte[] all = "abc".getBytes(US_ASCII);
            p.send(p.first, ACK, p.dss(p.first).map(1, 1, all).wide().bytes(), all);

            assertThat(p.read(10)).isEqualTo("abc");
        }

        @Test
        @DisplayName("wrong with another subflow alive: this one is reset with MP_FAIL, the connection lives")
        void two_subflows() {
            MptcpPeer.Flow second = p.join(40001, 1);
            p.sent();
            byte[] all = "abc".getBytes(US_ASCII);
            p.send(p.first, ACK, p.dss(p.first).map(1, 1, all).wrongSum().bytes(), all);

            ScriptedPeer.Segment rst = p.sent().get(0);
            assertThat(rst.flags() & RST).isNotZero();
            assertThat(MptcpPeer.find(rst.options(), MPTCP_SUB_FAIL)).isNotNull();
            assertThat(p.sub(p.first)).isNull();

            p.data(second, 1, "xyz");
            assertThat(p.read(10)).isEqualTo("xyz");
        }

        @Test
        @DisplayName("wrong on the only subflow: MP_FAIL names the place, and plain TCP goes on after an infinite mapping")
        void falls_back() {
            p.data(p.first, 1, "abc");
            p.read(10);
            p.sent();
            byte[] all = "def".getBytes(US_ASCII);
            p.send(p.first, ACK, p.dss(p.first).map(4, 4, all).wrongSum().bytes(), all);

            assertThat(p.read(10)).isEmpty();
            ScriptedPeer.later(300);
            byte[] fail = p.sent().stream()
                    .map(s -> MptcpPeer.find(s.options(), MPTCP_SUB_FAIL))
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElseThrow();
            assertThat(get64(fail, 4)).isEqualTo(p.idsn + 4);

            byte[] again = "def".getBytes(US_ASCII);
            p.send(p.first, ACK, p.dss(p.first).map(4, p.first.seq - p.first.isn, again).length(0).bytes(), again);
            p.plain(p.first, "ghi");
            assertThat(p.read(10)).isEqualTo("defghi");
        }
    }
}
