// SPDX-License-Identifier: GPL-2.0-only
package tcp_offload;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.ip.IpHdr.ip_hdr;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GRO;
import static linux.netdevice.Gro.napi_gro_flush;
import static linux.netdevice.Gro.napi_gro_receive;
import static linux.netdevice.Netdev.GRO_HELD;
import static linux.netdevice.Netdev.GRO_MERGED;
import static linux.netdevice.Netdev.GRO_MERGED_FREE;
import static linux.netdevice.Netdev.GRO_NORMAL;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Cb.NAPI_GRO_CB;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Data.skb_trim;
import static linux.skbuff.Frags.skb_fill_page_desc;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_mac_header;
import static linux.skbuff.Headers.skb_set_transport_header;
import static linux.skbuff.SkbConst.SKB_GSO_TCP_ECN;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static net.tcp_states.TcpState.TCP_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.CWR;
import static testing.ScriptedPeer.FIN;
import static testing.ScriptedPeer.PSH;
import static testing.ScriptedPeer.RST;
import static testing.ScriptedPeer.sk;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;

import linux.mm.Mm;
import linux.mm.page;
import linux.netdevice.napi_struct;
import linux.skbuff.sk_buff;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.Ipv4;
import testing.KernelTest;
import testing.ScriptedPeer;
import testing.Skbs;
import uapi.linux.tcp.tcphdr;

@KernelTest
class GroTest {
    private ScriptedPeer peer;
    private final napi_struct napi = new napi_struct();
    private int id;

    @BeforeEach
    void begin() {
        peer = new ScriptedPeer();
        peer.nic.dev.features |= NETIF_F_GRO;
        peer.ack = 77;
        id = 1;
    }

    @AfterEach
    void end() {
        napi_gro_flush(napi, false);
        peer.end();
    }

    /** The next segment of the peer, as a driver hands it over. */
    private int receive(int flags, int payload) {
        sk_buff skb = segment(flags, payload);
        peer.seq += payload;
        return napi_gro_receive(napi, skb);
    }

    private sk_buff segment(int flags, int payload) {
        sk_buff skb = peer.segment(flags, new byte[payload]);
        ip_hdr(skb).id(id++);
        Ipv4.sum(skb);
        skb.dev = peer.nic.dev;
        skb_reset_mac_header(skb);
        return skb;
    }

    private sk_buff held() {
        return napi.gro_list.val;
    }

    @Nested
    class tcp_gro_receive {
        @Test
        @DisplayName("segments of the same size that follow each other become one packet")
        void merged() {
            assertThat(receive(ACK, 1000)).isEqualTo(GRO_HELD);
            assertThat(receive(ACK, 1000)).isEqualTo(GRO_MERGED);
            assertThat(receive(ACK, 1000)).isEqualTo(GRO_MERGED);

            assertThat(napi.gro_count).isEqualTo(1);
            assertThat(NAPI_GRO_CB(held()).count).isEqualTo(3);
            assertThat(held().len).isEqualTo(40 + 3000);
            assertThat(held().shinfo.gso_size).isEqualTo(1000);
        }

        @Test
        @DisplayName("a shorter one is the last")
        void shorter() {
            receive(ACK, 1000);
            receive(ACK, 600);

            assertThat(held()).isNull();
            // Nobody listens, so it was answered; as one packet.
            ScriptedPeer.Segment rst = peer.next();
            assertThat(rst.is(RST)).isTrue();
            assertThat(peer.rest()).isEmpty();
        }

        @Test
        @DisplayName("so is one with PSH or FIN, and the merged header has that flag")
        void push() {
            int l = peer.listener(80);
            peer.handshake(ScriptedPeer.MSS_OPTION);
            int fd = peer.accept(l);
            receive(ACK, 1000);
            receive(ACK | PSH, 1000);

            assertThat(held()).isNull();
            assertThat(sk(fd).rcv_nxt).isEqualTo(peer.seq);
            assertThat(sk(fd).sk_receive_queue.qlen).isEqualTo(1);

            receive(ACK, 1000);
            assertThat(sk(fd).skc_state).isEqualTo(TCP_ESTABLISHED);
            receive(ACK | FIN, 1000);
            assertThat(sk(fd).skc_state).isEqualTo(TCP_CLOSE_WAIT);
        }

        @ParameterizedTest(name = "{0}")
        @CsvSource({"gap", "ack", "longer", "window", "options", "ids", "ttl"})
        @DisplayName("what does not continue the held one sends that on")
        void flushed(String what) {
            receive(ACK, 1000);
            sk_buff first = held();
            int payload = 1000;
            switch (what) {
                case "gap":
                    peer.seq++;
                    break;
                case "ack":
                    peer.ack++;
                    break;
                case "longer":
                    payload = 1001;
                    break;
                case "window":
                    peer.window--;
                    break;
                case "options":
                    peer.options = new byte[] {1, 1, 1, 1};
                    break;
                case "ids":
                    id++;
                    break;
                default:
                    peer.ttl--;
                    break;
            }

            assertThat(receive(ACK, payload)).isEqualTo(GRO_HELD);

            assertThat(held()).isNotSameAs(first);
            assertThat(NAPI_GRO_CB(held()).count).isEqualTo(1);
            assertThat(peer.rest()).hasSize(1);
        }

        @Test
        @DisplayName("CWR begins something new")
        void cwr() {
            receive(ACK, 1000);
            sk_buff first = held();

            receive(ACK | CWR, 1000);

            assertThat(held()).isNotSameAs(first);
        }

        @Test
        @DisplayName("another connection's segments are held beside it")
        void other_ports() {
            receive(ACK, 1000);
            peer.port++;
            receive(ACK, 1000);
            assertThat(napi.gro_count).isEqualTo(2);

            receive(ACK, 1000);
            assertThat(NAPI_GRO_CB(held()).count).isEqualTo(2);
            assertThat(NAPI_GRO_CB(held().next).count).isEqualTo(1);

            peer.port--;
            peer.seq -= 2000;
            id = 2;
            receive(ACK, 1000);
            assertThat(NAPI_GRO_CB(held().next).count).isEqualTo(2);
        }

        @ParameterizedTest(name = "flags {0}")
        @CsvSource({"2", "4", "24", "1", "48"})
        @DisplayName("SYN, RST, PSH, FIN and URG are not held at all")
        void not_held(int flags) {
            assertThat(receive(flags, 100)).isEqualTo(GRO_NORMAL);

            assertThat(held()).isNull();
        }

        @Test
        @DisplayName("nor are bare ACKs")
        void bare_ack() {
            assertThat(receive(ACK, 0)).isEqualTo(GRO_NORMAL);
        }

        @ParameterizedTest(name = "{0}")
        @CsvSource({"no header, 30", "doff too small, 40", "options cut off, 44"})
        @DisplayName("what is no whole header goes on as it is")
        void bad(String what, int len) {
            sk_buff skb = segment(ACK, 100);
            tcphdr th = new tcphdr(skb.head, skb.data + 20);
            if (what.startsWith("doff")) {
                th.doff(4);
            } else if (what.startsWith("options")) {
                th.doff(15);
            }
            skb_trim(skb, len);
            ip_hdr(skb).tot_len(skb.len);
            Ipv4.sum(skb);
            skb.ip_summed = CHECKSUM_UNNECESSARY;

            assertThat(napi_gro_receive(napi, skb)).isEqualTo(GRO_NORMAL);

            assertThat(held()).isNull();
        }

        @Test
        @DisplayName("headers may lie in a page")
        void in_a_page() {
            for (int i = 0; i < 2; i++) {
                sk_buff flat = segment(ACK, 1000);
                byte[] b = Skbs.bytes(flat);
                kfree_skb(flat);
                peer.seq += 1000;
                sk_buff skb = alloc_skb(256, GFP_KERNEL);
                skb_reserve(skb, 64);
                page page = Mm.alloc_page(GFP_KERNEL);
                System.arraycopy(b, 0, page.data, 0, b.length);
                skb_fill_page_desc(skb, 0, page, 0, b.length);
                skb.len += b.length;
                skb.data_len += b.length;
                skb.truesize += 4096;
                skb.dev = peer.nic.dev;
                skb.protocol = ETH_P_IP;
                skb_reset_mac_header(skb);

                assertThat(napi_gro_receive(napi, skb)).isEqualTo(i == 0 ? GRO_HELD : GRO_MERGED_FREE);
            }

            assertThat(NAPI_GRO_CB(held()).count).isEqualTo(2);
            assertThat(held().len).isEqualTo(2040);
        }
    }

    @Nested
    class tcp_gro_complete {
        @Test
        @DisplayName("the packet looks like one that this machine is about to send")
        void complete() {
            receive(ACK | CWR, 1000);
            receive(ACK, 1000);
            sk_buff skb = held();
            skb_set_transport_header(skb, 20);

            assertThat(Gro.tcp_gro_complete(skb)).isZero();

            assertThat(skb.ip_summed).isEqualTo(CHECKSUM_PARTIAL);
            assertThat(skb.csum_start).isEqualTo(skb.transport_header);
            assertThat(skb.csum_offset).isEqualTo(16);
            assertThat(skb.shinfo.gso_segs).isEqualTo(NAPI_GRO_CB(skb).count);
            assertThat(skb.shinfo.gso_type & SKB_GSO_TCP_ECN).isNotZero();
        }
    }
}
