// SPDX-License-Identifier: GPL-2.0-only
package linux.etherdevice;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Free.kfree_skb;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.if_.Iff.IFF_BROADCAST;
import static uapi.linux.if_.Iff.IFF_LIVE_ADDR_CHANGE;
import static uapi.linux.if_.Iff.IFF_MULTICAST;
import static uapi.linux.if_.Iff.IFF_NOARP;
import static uapi.linux.if_.Iff.IFF_TX_SKB_SHARING;
import static uapi.linux.if_ether.IfEther.ETH_P_802_2;
import static uapi.linux.if_ether.IfEther.ETH_P_802_3;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;
import static uapi.linux.if_packet.IfPacket.PACKET_BROADCAST;
import static uapi.linux.if_packet.IfPacket.PACKET_HOST;
import static uapi.linux.if_packet.IfPacket.PACKET_MULTICAST;
import static uapi.linux.if_packet.IfPacket.PACKET_OTHERHOST;

import linux.if_ether.EthHdr;
import linux.netdevice.Netdev;
import linux.netdevice.net_device;
import linux.skbuff.sk_buff;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeDevice;
import testing.KernelTest;
import testing.Skbs;
import uapi.linux.if_ether.ethhdr;

@KernelTest
class EthernetTest {
    private static final byte[] DEST = {2, 11, 12, 13, 14, 15};
    private static final byte[] SOURCE = {2, 21, 22, 23, 24, 25};

    private net_device dev;
    private sk_buff skb;

    @BeforeEach
    void setUp() {
        dev = FakeDevice.made("x0", 0).dev;
    }

    private void packet(int n) {
        skb = alloc_skb(64, GFP_KERNEL);
        skb_reserve(skb, 32);
        linux.skbuff.Data.skb_put(skb, n);
    }

    private byte[] free() {
        byte[] b = Skbs.bytes(skb);
        kfree_skb(skb);
        return b;
    }

    @Nested
    class eth_header {
        @Test
        @DisplayName("receiver, sender, protocol")
        void written() {
            packet(0);
            assertThat(Ethernet.eth_header(skb, dev, ETH_P_IP, DEST, SOURCE, 0)).isEqualTo(14);
            assertThat(free()).containsExactly(2, 11, 12, 13, 14, 15, 2, 21, 22, 23, 24, 25, 8, 0);
        }

        @Test
        @DisplayName("the sender is the device unless another one is named")
        void own_address() {
            packet(0);
            Ethernet.eth_header(skb, dev, ETH_P_IP, DEST, null, 0);
            assertThat(free()).startsWith(2, 11, 12, 13, 14, 15, 2, 0, 0, 0, 0, 1);
        }

        @Test
        @DisplayName("the receiver is not known: the header is there but for him, and a negative length says so")
        void unknown() {
            packet(0);
            assertThat(Ethernet.eth_header(skb, dev, ETH_P_IP, null, null, 0)).isEqualTo(-14);
            assertThat(free()).hasSize(14);
            packet(0);
            dev.flags |= IFF_NOARP;
            assertThat(Ethernet.eth_header(skb, dev, ETH_P_IP, null, null, 0)).isEqualTo(14);
            assertThat(free()).startsWith(0, 0, 0, 0, 0, 0, 2);
        }

        @Test
        @DisplayName("IEEE 802 has a length there")
        void length() {
            packet(0);
            Ethernet.eth_header(skb, dev, ETH_P_802_2, DEST, null, 77);
            assertThat(free()).endsWith(0, 77);
        }
    }

    @Nested
    class eth_type_trans {
        private int received(byte[] to, int proto, int... payload) {
            packet(0);
            for (int b : payload) {
                skb.head[linux.skbuff.Data.skb_put(skb, 1)] = (byte) b;
            }
            Ethernet.eth_header(skb, dev, ETH_P_IP, to, SOURCE, 0);
            linux.types.Be.put16(skb.head, skb.data + 12, proto);
            int type = Ethernet.eth_type_trans(skb, dev);
            assertThat(skb.dev).isSameAs(dev);
            assertThat(skb.len).isEqualTo(payload.length);
            assertThat(skb.data - skb.mac_header).isEqualTo(14);
            int pkt_type = skb.pkt_type;
            kfree_skb(skb);
            return type << 8 | pkt_type;
        }

        @Test
        @DisplayName("takes the header off and tells the protocol and for whom it is")
        void whom() {
            assertThat(received(dev.dev_addr, ETH_P_IP)).isEqualTo(ETH_P_IP << 8 | PACKET_HOST);
            assertThat(received(DEST, ETH_P_IP)).isEqualTo(ETH_P_IP << 8 | PACKET_OTHERHOST);
            assertThat(received(dev.broadcast, ETH_P_IP)).isEqualTo(ETH_P_IP << 8 | PACKET_BROADCAST);
            assertThat(received(new byte[] {1, 0, 0x5e, 0, 0, 1}, ETH_P_IP)).isEqualTo(ETH_P_IP << 8 | PACKET_MULTICAST);
        }

        @Test
        @DisplayName("a length in place of a protocol: 802.2, or 802.3 when it begins with ones")
        void length() {
            assertThat(received(dev.dev_addr, 0x5ff, 1, 2) >> 8).isEqualTo(ETH_P_802_2);
            assertThat(received(dev.dev_addr, 0x5ff, 0xff, 0xff) >> 8).isEqualTo(ETH_P_802_3);
            assertThat(received(dev.dev_addr, 0x5ff, 0xff) >> 8).isEqualTo(ETH_P_802_2);
            assertThat(received(dev.dev_addr, 0x600) >> 8).isEqualTo(0x600);
        }
    }

    @Nested
    class eth_header_parse {
        @Test
        @DisplayName("tells the sender")
        void sender() {
            packet(0);
            Ethernet.eth_header(skb, dev, ETH_P_IP, DEST, SOURCE, 0);
            skb.mac_header = skb.data;
            skb.dev = dev;
            byte[] haddr = new byte[8];
            assertThat(Netdev.dev_parse_header(skb, haddr)).isEqualTo(6);
            assertThat(haddr).startsWith(SOURCE);
            ethhdr eth = EthHdr.eth_hdr(skb);
            assertThat(eth.h_proto()).isEqualTo(ETH_P_IP);
            assertThat(eth.b[eth.h_dest() + 1]).isEqualTo((byte) 11);
            eth.h_proto(0x1234);
            assertThat(eth.h_proto()).isEqualTo(0x1234);
            dev.header_ops = null;
            assertThat(Netdev.dev_parse_header(skb, haddr)).isZero();
            assertThat(Netdev.dev_hard_header(skb, dev, 1, null, null, 0)).isZero();
            kfree_skb(skb);
        }
    }

    @Nested
    class eth_mac_addr {
        @Test
        @DisplayName("sets a good address while the device is down, or where the driver allows it at any time")
        void set() {
            assertThat(Ethernet.eth_mac_addr(dev, SOURCE)).isZero();
            assertThat(dev.dev_addr).startsWith(SOURCE);
            assertThat(Ethernet.eth_mac_addr(dev, new byte[] {1, 2, 3, 4, 5, 6})).isEqualTo(-99);
            dev.state |= 1 << net_device.__LINK_STATE_START;
            assertThat(Ethernet.eth_mac_addr(dev, DEST)).isEqualTo(-16);
            dev.priv_flags |= IFF_LIVE_ADDR_CHANGE;
            assertThat(Ethernet.eth_mac_addr(dev, DEST)).isZero();
        }
    }

    @Nested
    class eth_change_mtu {
        @Test
        @DisplayName("68 to 1500")
        void range() {
            assertThat(Ethernet.eth_change_mtu(dev, 67)).isEqualTo(-22);
            assertThat(Ethernet.eth_change_mtu(dev, 1501)).isEqualTo(-22);
            assertThat(Ethernet.eth_change_mtu(dev, 68)).isZero();
            assertThat(dev.mtu).isEqualTo(68);
            assertThat(Ethernet.eth_change_mtu(dev, 1500)).isZero();
        }
    }

    @Nested
    class eth_validate_addr {
        @Test
        @DisplayName("neither zero nor a group")
        void valid() {
            assertThat(Ethernet.eth_validate_addr(dev)).isZero();
            dev.dev_addr[0] = 3;
            assertThat(Ethernet.eth_validate_addr(dev)).isEqualTo(-99);
            java.util.Arrays.fill(dev.dev_addr, (byte) 0);
            assertThat(Ethernet.eth_validate_addr(dev)).isEqualTo(-99);
        }
    }

    @Nested
    class ether_setup {
        @Test
        @DisplayName("what all Ethernet devices begin with")
        void defaults() {
            net_device d = new net_device();
            d.broadcast = new byte[32];
            Ethernet.ether_setup(d);
            assertThat(d.mtu).isEqualTo(1500);
            assertThat(d.hard_header_len).isEqualTo(14);
            assertThat(d.addr_len).isEqualTo(6);
            assertThat(d.type).isOne();
            assertThat(d.flags).isEqualTo(IFF_BROADCAST | IFF_MULTICAST);
            assertThat(d.priv_flags).isEqualTo(IFF_TX_SKB_SHARING);
            assertThat(d.broadcast).startsWith(-1, -1, -1, -1, -1, -1, 0);
        }
    }

    @Nested
    class EtherAddrs {
        private final byte[] b = {9, 0, 0, 0, 0, 0, 0, 9};

        @Test
        @DisplayName("what kind of address it is")
        void kinds() {
            assertThat(EtherAddr.is_zero_ether_addr(b, 1)).isTrue();
            assertThat(EtherAddr.is_zero_ether_addr(b, 2)).isFalse();
            assertThat(EtherAddr.is_multicast_ether_addr(b, 0)).isTrue();
            assertThat(EtherAddr.is_unicast_ether_addr(b, 0)).isFalse();
            assertThat(EtherAddr.is_local_ether_addr(new byte[] {2}, 0)).isTrue();
            assertThat(EtherAddr.is_broadcast_ether_addr(new byte[] {-1, -1, -1, -1, -1, -1}, 0)).isTrue();
            assertThat(EtherAddr.is_broadcast_ether_addr(new byte[] {-1, -1, -1, -1, -1, -2}, 0)).isFalse();
            assertThat(EtherAddr.is_valid_ether_addr(b, 1)).isFalse();
        }

        @Test
        @DisplayName("equal addresses, equal headers: each byte counts")
        void equal() {
            for (int i = 0; i < 14; i++) {
                byte[] x = new byte[14];
                byte[] y = new byte[14];
                assertThat(EtherAddr.compare_ether_header(x, 0, y, 0)).isFalse();
                y[i] = 1;
                assertThat(EtherAddr.compare_ether_header(x, 0, y, 0)).isTrue();
                assertThat(EtherAddr.ether_addr_equal(x, 0, y, 0)).isEqualTo(i >= 6);
            }
        }

        @Test
        @DisplayName("random ones are no groups and nobody's")
        void random() {
            byte[] addr = new byte[32];
            for (int i = 0; i < 50; i++) {
                EtherAddr.eth_random_addr(addr);
                assertThat(addr[0] & 3).isEqualTo(2);
            }
            EtherAddr.eth_hw_addr_random(dev);
            assertThat(dev.addr_assign_type).isEqualTo(net_device.NET_ADDR_RANDOM);
        }
    }
}
