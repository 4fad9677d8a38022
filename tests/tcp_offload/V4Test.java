// SPDX-License-Identifier: GPL-2.0-only
package tcp_offload;

import static linux.errno.Errno.EINVAL;
import static linux.skbuff.Cb.NAPI_GRO_CB;
import static linux.skbuff.Data.skb_pull;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_mac_header;
import static linux.skbuff.Headers.skb_set_transport_header;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.skbuff.sk_buff.CHECKSUM_COMPLETE;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static linux.tcp.Header.tcp_hdr;
import static net.checksum.Csum.csum_partial;
import static net.protocol.Protocols.inet_offloads;
import static net.tcp.Checksum.tcp_v4_check;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.HOST;
import static testing.ScriptedPeer.PEER;
import static uapi.linux.in.In.IPPROTO_TCP;

import linux.compiler.Ref;
import linux.skbuff.sk_buff;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.Ipv4;
import testing.KernelTest;
import testing.ScriptedPeer;

@KernelTest
class V4Test {
    private ScriptedPeer peer;

    @BeforeEach
    void begin() {
        peer = new ScriptedPeer();
    }

    @AfterEach
    void end() {
        peer.end();
    }

    /** Its data begin with the IP header; receive coalescing looks at the TCP header. */
    private sk_buff segment(int payload) {
        sk_buff skb = peer.segment(ACK, new byte[payload]);
        skb.dev = peer.nic.dev;
        skb_reset_mac_header(skb);
        skb_set_transport_header(skb, 20);
        NAPI_GRO_CB(skb).data_offset = 20;
        NAPI_GRO_CB(skb).same_flow = 0;
        NAPI_GRO_CB(skb).flush = 0;
        NAPI_GRO_CB(skb).count = 1;
        return skb;
    }

    @Nested
    class tcp_v4_gso_send_check {
        @Test
        @DisplayName("the checksum becomes the sum of the pseudo header")
        void pseudo() {
            sk_buff skb = segment(3000);
            skb_pull(skb, 20);

            assertThat(V4.tcp_v4_gso_send_check(skb)).isZero();

            assertThat(tcp_hdr(skb).check()).isEqualTo(~tcp_v4_check(3020, Ipv4.ip(PEER), Ipv4.ip(HOST), 0) & 0xffff);
            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_PARTIAL);
            assertThat(skb.csum_start).isEqualTo(skb.transport_header);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("-EINVAL without a header")
        void no_header() {
            sk_buff skb = segment(0);
            skb_pull(skb, 21);

            assertThat(V4.tcp_v4_gso_send_check(skb)).isEqualTo(-EINVAL);
            kfree_skb(skb);
        }
    }

    @Nested
    class tcp4_gro_receive {
        private final Ref<sk_buff> head = new Ref<>();

        @Test
        @DisplayName("sums the segment up; one that is right is not summed up again")
        void right() {
            sk_buff skb = segment(100);

            assertThat(V4.tcp4_gro_receive(head, skb)).isNull();

            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_UNNECESSARY);
            assertThat(NAPI_GRO_CB(skb).flush).isZero();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a damaged one is not held")
        void damaged() {
            sk_buff skb = segment(100);
            skb.head[skb.data + 60] ^= 1;

            assertThat(V4.tcp4_gro_receive(head, skb)).isNull();

            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_NONE);
            assertThat(NAPI_GRO_CB(skb).flush).isEqualTo(1);
            assertThat(NAPI_GRO_CB(skb).data_offset).as("where it was looked at").isEqualTo(20);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("the device's sum is taken, if there is one")
        void device_sum() {
            sk_buff skb = segment(100);
            skb.ip_summed = CHECKSUM_COMPLETE;
            NAPI_GRO_CB(skb).csum = csum_partial(skb.head, skb.data + 20, 120, 0);

            V4.tcp4_gro_receive(head, skb);

            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_UNNECESSARY);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("what will not be held anyway is not summed up")
        void flush() {
            sk_buff skb = segment(100);
            skb.head[skb.data + 60] ^= 1;
            NAPI_GRO_CB(skb).flush = 1;

            V4.tcp4_gro_receive(head, skb);

            assertThat(NAPI_GRO_CB(skb).data_offset).as("the TCP header was looked at").isEqualTo(40);
            kfree_skb(skb);
        }
    }

    @Nested
    class tcp4_gro_complete {
        @Test
        @DisplayName("the checksum is what segmentation offload expects, over the whole length")
        void complete() {
            sk_buff skb = segment(3000);
            NAPI_GRO_CB(skb).count = 3;

            assertThat(V4.tcp4_gro_complete(skb, 20)).isZero();

            assertThat(tcp_hdr(skb).check()).isEqualTo(~tcp_v4_check(3020, Ipv4.ip(PEER), Ipv4.ip(HOST), 0) & 0xffff);
            assertThat(skb.shinfo.gso_type).isEqualTo(SKB_GSO_TCPV4);
            assertThat(skb.shinfo.gso_segs).isEqualTo(3);
            kfree_skb(skb);
        }
    }

    @Nested
    class tcpv4_offload_init {
        @Test
        @DisplayName("was called when the machine booted, and is once only")
        void once() {
            assertThat(inet_offloads[IPPROTO_TCP].gso_segment).isNotNull();

            assertThat(V4.tcpv4_offload_init()).isEqualTo(-1);

            inet_offloads[IPPROTO_TCP] = null;
            assertThat(V4.tcpv4_offload_init()).isZero();
            assertThat(inet_offloads[IPPROTO_TCP]).isSameAs(V4.tcpv4_offload);
        }
    }
}
