// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.skbuff.Bits.skb_copy_bits;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Checksum.skb_checksum;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Free.kfree_skb;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static net.mptcp.MptcpConst.MPTCPHDR_FIN;
import static net.mptcp.MptcpConst.MPTCPHDR_INF;
import static net.mptcp.MptcpConst.MPTCPHDR_SEQ;
import static net.sock.sock.RCV_SHUTDOWN;
import static net.sock.sock.SEND_SHUTDOWN;
import static net.tcp.TcpConst.TCPHDR_FIN;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static org.assertj.core.api.Assertions.assertThat;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import linux.types.Be;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class DssTest {
    private Bundle b;
    private tcp_sock tp;

    @BeforeEach
    void two_subflows() {
        b = new Bundle(2);
        tp = b.m.sub(0);
    }

    @AfterEach
    void nothing_left() {
        b.close();
    }

    @Nested
    class mptcp_combine_dfin {
        /** The last packet of the connection: with DATA_FIN, about to go to subflow 0. */
        private sk_buff last() {
            sk_buff skb = b.write(10);
            TCP_SKB_CB(skb).mptcp_flags |= MPTCPHDR_FIN;
            TCP_SKB_CB(skb).end_seq++;
            b.meta.write_seq++;
            return skb;
        }

        private boolean combined(sk_buff skb) {
            Dss.mptcp_combine_dfin(skb, b.meta, tp);
            boolean fin = (TCP_SKB_CB(skb).tcp_flags & TCPHDR_FIN) != 0;
            assertThat((tp.sk_shutdown & SEND_SHUTDOWN) != 0).isEqualTo(fin);
            assertThat(tp.skc_state).isEqualTo(fin ? TCP_FIN_WAIT1 : TCP_ESTABLISHED);
            return fin;
        }

        @Test
        @DisplayName("if no subflow has anything left to send: the FIN goes with it")
        void all_empty() {
            assertThat(combined(last())).isTrue();
        }

        @Test
        @DisplayName("not if another subflow still has data; but if all data are acknowledged")
        void all_acked() {
            sk_buff skb = last();
            WriteXmit.mptcp_skb_entail(b.m.sub(1), b.write(5), 0);
            b.meta.write_seq -= 5;
            assertThat(combined(skb)).isFalse();

            b.meta.snd_una = b.meta.write_seq - 1;
            assertThat(combined(skb)).isTrue();
        }

        @Test
        @DisplayName("a subflow that cannot send does not count")
        void cannot_send() {
            sk_buff skb = last();
            WriteXmit.mptcp_skb_entail(b.m.sub(1), b.write(5), 0);
            b.m.sub(1).mptcp.pre_established = true;
            assertThat(combined(skb)).isTrue();
        }

        @Test
        @DisplayName("the peer closed first and did not combine: neither do we; it did: we do")
        void as_the_peer() {
            sk_buff skb = last();
            b.meta.sk_shutdown = RCV_SHUTDOWN;
            assertThat(combined(skb)).isFalse();

            b.mpcb.dfin_combined = true;
            assertThat(combined(skb)).isTrue();
        }

        @Test
        @DisplayName("after a fallback always")
        void fallback() {
            sk_buff skb = last();
            WriteXmit.mptcp_skb_entail(b.m.sub(1), b.write(5), 0);
            b.mpcb.infinite_mapping_snd = true;
            assertThat(combined(skb)).isTrue();
        }
    }

    @Nested
    class mptcp_write_dss_mapping {
        @Test
        @DisplayName("data sequence number, subflow sequence number from the ISN, length, NOPs")
        void mapping() {
            sk_buff skb = b.write(300);
            byte[] p = new byte[16];

            assertThat(Dss.mptcp_write_dss_mapping(tp, skb, p, 4)).isEqualTo(3);
            assertThat(OptionsTest.hex(p, 16)).isEqualTo("00000000" + "fffffa24" + "00000001" + "012c0101");
        }

        @Test
        @DisplayName("the checksum runs over the data and a pseudo header with the high half: RFC 6824, section 3.3.1")
        void checksum() {
            b.mpcb.dss_csum = true;
            b.mpcb.snd_high_order[0] = 0x11223344;
            sk_buff skb = b.write(300);
            skb.csum = skb_checksum(skb, 0, 300, 0);
            byte[] p = new byte[12];

            assertThat(Dss.mptcp_write_dss_mapping(tp, skb, p, 0)).isEqualTo(2);

            byte[] all = new byte[16 + 300];
            Be.put32(all, 0, 0x11223344);
            System.arraycopy(p, 0, all, 4, 10);
            skb_copy_bits(skb, 0, all, 16, 300);
            assertThat(Be.get16(p, 10)).isEqualTo(csum_fold(csum_partial(all, 0, all.length, 0)));
        }

        @Test
        @DisplayName("a DATA_FIN alone has subflow sequence number 0; an infinite mapping length 0 and no checksum")
        void special() {
            b.mpcb.dss_csum = true;
            sk_buff skb = b.write(0);
            TCP_SKB_CB(skb).mptcp_flags = MPTCPHDR_FIN;
            TCP_SKB_CB(skb).end_seq++;
            byte[] p = new byte[12];
            Dss.mptcp_write_dss_mapping(tp, skb, p, 0);
            assertThat(OptionsTest.hex(p, 10)).isEqualTo("fffffa24" + "00000000" + "0001");

            TCP_SKB_CB(skb).mptcp_flags = MPTCPHDR_INF;
            assertThat(Dss.mptcp_write_dss_mapping(tp, skb, p, 0)).isEqualTo(3);
            assertThat(OptionsTest.hex(p, 12)).isEqualTo("fffffa24" + "00000001" + "00000101");
        }
    }

    @Nested
    class mptcp_write_dss_data_ack {
        @Test
        @DisplayName("the length tells what will follow; the data ACK is the connection's")
        void head() {
            sk_buff skb = b.write(1);
            byte[] p = new byte[8];
            b.meta.rcv_nxt = 0xcafebabe;

            assertThat(Dss.mptcp_write_dss_data_ack(tp, skb, p, 0)).isEqualTo(2);
            assertThat(OptionsTest.hex(p, 8)).isEqualTo("1e082001" + "cafebabe");

            TCP_SKB_CB(skb).mptcp_flags = MPTCPHDR_SEQ | MPTCPHDR_FIN;
            Dss.mptcp_write_dss_data_ack(tp, skb, p, 0);
            assertThat(OptionsTest.hex(p, 4)).isEqualTo("1e122015");

            b.mpcb.dss_csum = true;
            Dss.mptcp_write_dss_data_ack(tp, skb, p, 0);
            assertThat(OptionsTest.hex(p, 4)).isEqualTo("1e142015");
        }
    }

    @Nested
    class mptcp_save_dss_data_seq {
        @Test
        @DisplayName("takes the place of the path mask, and is new for each packet")
        void saved() {
            sk_buff skb = b.write(300);
            sk_buff other = b.write(5);
            TCP_SKB_CB(skb).path_mask = 3;

            Dss.mptcp_save_dss_data_seq(tp, skb);
            Dss.mptcp_save_dss_data_seq(tp, other);

            assertThat(TCP_SKB_CB(skb).dss).containsExactly(0x1e122005, 77, Bundle.DSN, 1, 300 << 16 | 0x0101);
            assertThat(TCP_SKB_CB(other).dss[2]).isEqualTo(Bundle.DSN + 300);
            assertThat(TCP_SKB_CB(skb).path_mask).isZero();
            assertThat(TCP_SKB_CB(skb).mptcp_flags).isEqualTo(MPTCPHDR_SEQ);
        }
    }

    @Nested
    class mptcp_write_dss_data_seq {
        @Test
        @DisplayName("the mapping of then with the data ACK of now; the copy is cleared, the original is not")
        void written() {
            sk_buff skb = b.write(300);
            Dss.mptcp_save_dss_data_seq(tp, skb);
            sk_buff sent = skb_clone(skb, GFP_ATOMIC);
            b.meta.rcv_nxt = 78;
            tp.write_seq += 1000;
            byte[] p = new byte[24];

            assertThat(Dss.mptcp_write_dss_data_seq(tp, sent, p, 4)).isEqualTo(5);

            assertThat(OptionsTest.hex(p, 24))
                    .isEqualTo("00000000" + "1e122005" + "0000004e" + "fffffa24" + "00000001" + "012c0101");
            assertThat(TCP_SKB_CB(sent).dss).isNull();
            assertThat(TCP_SKB_CB(skb).dss[1]).isEqualTo(77);
            kfree_skb(sent);
        }
    }
}
