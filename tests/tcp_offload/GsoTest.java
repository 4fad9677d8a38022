// SPDX-License-Identifier: GPL-2.0-only
package tcp_offload;

import static linux.err.Err.PTR_ERR;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOMEM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_HW_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdev_features.NetdevFeatures.NETIF_F_TSO;
import static linux.skbuff.Data.skb_headroom;
import static linux.skbuff.Data.skb_pull;
import static linux.skbuff.Data.skb_trim;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Gso.SKB_GSO_CB;
import static linux.skbuff.Headers.skb_reset_mac_header;
import static linux.skbuff.Headers.skb_reset_network_header;
import static linux.skbuff.Headers.skb_set_transport_header;
import static linux.skbuff.Headers.skb_transport_header;
import static linux.skbuff.SkbConst.SKB_GSO_DODGY;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.tcp.Header.tcp_hdr;
import static linux.types.Be.put16;
import static linux.types.Be.put32;
import static net.checksum.Csum.csum_partial;
import static net.checksum.Csum.csum_tcpudp_magic;
import static net.tcp.Checksum.tcp_v4_check;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.in.In.IPPROTO_TCP;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.sock.Owner;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.FreshSocket;
import testing.Ipv4;
import testing.KernelTest;
import testing.Skbs;
import uapi.linux.tcp.tcphdr;

@KernelTest
class GsoTest {
    private static final int MSS = 1000;
    private static final int HEADERS = 20 + 32;

    /** A packet of TCP as it reaches {@code tcp_gso_segment}: its data begin with the TCP header of 32 bytes. */
    private static sk_buff large(int payload, int flags) {
        byte[] th = new byte[32 + payload];
        put16(th, 0, 1111);
        put16(th, 2, 2222);
        put32(th, 4, 5_000);
        put32(th, 8, 6_000);
        th[12] = (byte) 0x80;
        th[13] = (byte) flags;
        th[20] = 1;
        th[21] = 1;
        th[22] = 8;
        th[23] = 10;
        System.arraycopy(Skbs.count(0, payload), 0, th, 32, payload);
        put16(th, 16, ~tcp_v4_check(th.length, Ipv4.ip("10.0.0.1"), Ipv4.ip("10.0.0.2"), 0));
        sk_buff skb = Ipv4.packet("10.0.0.1", "10.0.0.2", IPPROTO_TCP, th);
        skb_reset_mac_header(skb);
        skb_reset_network_header(skb);
        skb_set_transport_header(skb, 20);
        SKB_GSO_CB(skb).mac_offset = skb_headroom(skb);
        skb_pull(skb, 20);
        skb.ip_summed = CHECKSUM_PARTIAL;
        skb.csum_start = skb_transport_header(skb);
        skb.csum_offset = 16;
        skb.shinfo.gso_size = MSS;
        skb.shinfo.gso_type = SKB_GSO_TCPV4;
        return skb;
    }

    private static List<sk_buff> list(sk_buff segs) {
        List<sk_buff> all = new ArrayList<>();
        for (; segs != null; segs = segs.next) {
            all.add(segs);
        }
        return all;
    }

    private static void free(sk_buff skb, List<sk_buff> segs) {
        kfree_skb(skb);
        for (sk_buff s : segs) {
            s.next = null;
            kfree_skb(s);
        }
    }

    /** Is the checksum what it has to be, for the length of this segment? */
    private static int sum(sk_buff skb) {
        int len = skb.len - 20;
        return csum_tcpudp_magic(Ipv4.ip("10.0.0.1"), Ipv4.ip("10.0.0.2"), len, IPPROTO_TCP,
                csum_partial(Skbs.bytes(skb), 20, len, 0));
    }

    @Nested
    class tcp_gso_segment {
        @Test
        @DisplayName("each segment has the header with its own sequence number and checksum")
        void segments() {
            sk_buff skb = large(2500, 0x18 | 0x01 | 0x80);

            List<sk_buff> segs = list(Gso.tcp_gso_segment(skb, 0));

            assertThat(segs).hasSize(3);
            int seq = 5_000;
            for (int i = 0; i < 3; i++) {
                sk_buff s = segs.get(i);
                tcphdr th = tcp_hdr(s);
                int payload = i < 2 ? MSS : 500;
                assertThat(s.len).isEqualTo(HEADERS + payload);
                assertThat(th.seq()).isEqualTo(seq);
                assertThat(th.ack_seq()).isEqualTo(6_000);
                assertThat(sum(s)).as("checksum of segment %d", i).isZero();
                assertThat(Arrays.copyOfRange(Skbs.bytes(s), HEADERS, s.len))
                        .isEqualTo(Arrays.copyOfRange(Skbs.count(0, 2500), seq - 5_000, seq - 5_000 + payload));
                assertThat(th.cwr()).as("CWR is said once").isEqualTo(i == 0);
                assertThat(th.psh()).as("PSH at the end").isEqualTo(i == 2);
                assertThat(th.fin()).as("FIN at the end").isEqualTo(i == 2);
                seq += payload;
            }
            free(skb, segs);
        }

        @Test
        @DisplayName("a device that sums up gets the sum of the pseudo header with each segment's length")
        void checksum_offload() {
            sk_buff skb = large(2500, 0x10);

            List<sk_buff> segs = list(Gso.tcp_gso_segment(skb, NETIF_F_SG | NETIF_F_HW_CSUM));

            assertThat(segs).hasSize(3);
            for (sk_buff s : segs) {
                assertThat(s.ip_summed).isEqualTo(CHECKSUM_PARTIAL);
                assertThat(tcp_hdr(s).check())
                        .isEqualTo(~tcp_v4_check(s.len - 20, Ipv4.ip("10.0.0.1"), Ipv4.ip("10.0.0.2"), 0) & 0xffff);
            }
            free(skb, segs);
        }

        @Test
        @DisplayName("sequence numbers wrap")
        void wraps() {
            sk_buff skb = large(2500, 0x10);
            tcp_hdr(skb).seq(-1500);

            List<sk_buff> segs = list(Gso.tcp_gso_segment(skb, 0));

            assertThat(segs).extracting(s -> tcp_hdr(s).seq()).containsExactly(-1500, -500, 500);
            free(skb, segs);
        }

        @Test
        @DisplayName("the sender is charged for what the segments cost, and told when the last one has gone")
        void small_queues() {
            tcp_sock tp = FreshSocket.fresh();
            sk_buff skb = large(2500, 0x10);
            skb.sk = tp;
            skb.destructor = Owner.tcp_wfree;
            tp.sk_wmem_alloc = 1 + skb.truesize;
            int truesize = skb.truesize;

            List<sk_buff> segs = list(Gso.tcp_gso_segment(skb, 0));

            int sum = segs.stream().mapToInt(s -> s.truesize).sum();
            assertThat(tp.sk_wmem_alloc).isEqualTo(1 + sum);
            assertThat(sum).isNotEqualTo(truesize);
            assertThat(skb.destructor).isNull();
            assertThat(skb.sk).isNull();
            assertThat(segs).allMatch(s -> s.sk == tp && s.destructor == Owner.tcp_wfree);
            free(skb, segs);
            assertThat(tp.sk_wmem_alloc).isEqualTo(1);
        }

        @Test
        @DisplayName("only the first segment may go by another queue of the device")
        void ooo_okay() {
            sk_buff skb = large(2500, 0x10);
            skb.ooo_okay = true;

            List<sk_buff> segs = list(Gso.tcp_gso_segment(skb, 0));

            assertThat(segs).extracting(s -> s.ooo_okay).containsExactly(true, false, false);
            free(skb, segs);
        }

        @Test
        @DisplayName("what comes from outside gets its segments counted, and the device cuts it")
        void robust() {
            sk_buff skb = large(2500, 0x10);
            skb.shinfo.gso_type |= SKB_GSO_DODGY;

            assertThat(Gso.tcp_gso_segment(skb, NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO)).isNull();

            assertThat(skb.shinfo.gso_segs).isEqualTo(3);
            kfree_skb(skb);
        }

        @ParameterizedTest(name = "gso_type {0}")
        @ValueSource(ints = {2, 2 | 1, 1 << 3})
        @DisplayName("unless it says that it is something else")
        void robust_other_type(int type) {
            sk_buff skb = large(2500, 0x10);
            skb.shinfo.gso_type = type;

            assertThat(PTR_ERR(Gso.tcp_gso_segment(skb, ~0L))).isEqualTo(-EINVAL);
            kfree_skb(skb);
        }

        @ParameterizedTest(name = "{0}")
        @CsvSource({"no header", "doff too small", "doff too large", "one segment"})
        @DisplayName("-EINVAL for what cannot be cut")
        void bad(String what) {
            sk_buff skb = large(what.equals("one segment") ? MSS : 2500, 0x10);
            switch (what) {
                case "no header":
                    skb_trim(skb, 19);
                    break;
                case "doff too small":
                    tcp_hdr(skb).doff(4);
                    break;
                case "doff too large":
                    skb_trim(skb, 40);
                    tcp_hdr(skb).doff(15);
                    break;
                default:
                    break;
            }

            assertThat(PTR_ERR(Gso.tcp_gso_segment(skb, 0))).isEqualTo(-EINVAL);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("without memory for the segments the error is passed on")
        void no_memory() {
            sk_buff skb = large(2500, 0x10);

            linux.gfp.Gfp.failNth(1);
            assertThat(PTR_ERR(Gso.tcp_gso_segment(skb, 0))).isEqualTo(-ENOMEM);
            kfree_skb(skb);
        }
    }
}
