// SPDX-License-Identifier: GPL-2.0-only
package linux.etherdevice;

import static linux.errno.Errno.EADDRNOTAVAIL;
import static linux.errno.Errno.EBUSY;
import static linux.errno.Errno.EINVAL;
import static linux.etherdevice.EtherAddr.ether_addr_equal;
import static linux.etherdevice.EtherAddr.is_multicast_ether_addr;
import static linux.etherdevice.EtherAddr.is_valid_ether_addr;
import static linux.if_ether.EthHdr.eth_hdr;
import static linux.netdevice.Netdev.netif_running;
import static linux.skbuff.Data.skb_pull_inline;
import static linux.skbuff.Data.skb_push;
import static linux.skbuff.Headers.skb_reset_mac_header;
import static linux.types.Be.get16;
import static linux.types.Be.put16;
import static uapi.linux.if_.Iff.IFF_BROADCAST;
import static uapi.linux.if_.Iff.IFF_LIVE_ADDR_CHANGE;
import static uapi.linux.if_.Iff.IFF_LOOPBACK;
import static uapi.linux.if_.Iff.IFF_MULTICAST;
import static uapi.linux.if_.Iff.IFF_NOARP;
import static uapi.linux.if_.Iff.IFF_TX_SKB_SHARING;
import static uapi.linux.if_arp.IfArp.ARPHRD_ETHER;
import static uapi.linux.if_ether.IfEther.ETH_ALEN;
import static uapi.linux.if_ether.IfEther.ETH_DATA_LEN;
import static uapi.linux.if_ether.IfEther.ETH_HLEN;
import static uapi.linux.if_ether.IfEther.ETH_P_802_2;
import static uapi.linux.if_ether.IfEther.ETH_P_802_3;
import static uapi.linux.if_ether.IfEther.ETH_P_802_3_MIN;
import static uapi.linux.if_packet.IfPacket.PACKET_BROADCAST;
import static uapi.linux.if_packet.IfPacket.PACKET_MULTICAST;
import static uapi.linux.if_packet.IfPacket.PACKET_OTHERHOST;

import java.util.Arrays;
import linux.netdevice.header_ops;
import linux.netdevice.net_device;
import linux.skbuff.sk_buff;
import uapi.linux.if_ether.ethhdr;

/**
 * Ethernet, {@code net/ethernet/eth.c}: writing the link header ({@code neighbour} calls in), reading it ({@link
 * #eth_type_trans}, which every driver calls for what it has received), and what all Ethernet devices have in common.
 */
public final class Ethernet {
    private Ethernet() {}

    /** How Ethernet devices, {@code lo} among them, write their header. */
    public static final header_ops eth_header_ops = new header_ops();

    static {
        eth_header_ops.create = Ethernet::eth_header;
        eth_header_ops.parse = Ethernet::eth_header_parse;
    }

    /**
     * Puts the header in front of {@code skb}.
     *
     * @param daddr receiver; null: not known
     * @param saddr sender; null: {@code dev}
     * @param len of the packet, for the protocols that carry it in place of a type
     * @return its length; negative while the receiver is missing and the device needs one
     */
    public static int eth_header(sk_buff skb, net_device dev, int type, byte[] daddr, byte[] saddr, int len) {
        int eth = skb_push(skb, ETH_HLEN);

        if (type != ETH_P_802_3 && type != ETH_P_802_2) {
            put16(skb.head, eth + 12, type);
        } else {
            put16(skb.head, eth + 12, len);
        }

        if (saddr == null) {
            saddr = dev.dev_addr;
        }
        System.arraycopy(saddr, 0, skb.head, eth + ETH_ALEN, ETH_ALEN);

        if (daddr != null) {
            System.arraycopy(daddr, 0, skb.head, eth, ETH_ALEN);
            return ETH_HLEN;
        }

        if ((dev.flags & (IFF_LOOPBACK | IFF_NOARP)) != 0) {
            Arrays.fill(skb.head, eth, eth + ETH_ALEN, (byte) 0);
            return ETH_HLEN;
        }

        return -ETH_HLEN;
    }

    /**
     * Takes the header off a packet that {@code dev} has received, and notes whom it is for.
     *
     * @return its protocol, {@code ETH_P_*}
     */
    public static int eth_type_trans(sk_buff skb, net_device dev) {
        int eth, h_proto;

        skb.dev = dev;
        skb_reset_mac_header(skb);
        skb_pull_inline(skb, ETH_HLEN);
        eth = skb.mac_header;

        if (is_multicast_ether_addr(skb.head, eth)) {
            if (ether_addr_equal(skb.head, eth, dev.broadcast, 0)) {
                skb.pkt_type = PACKET_BROADCAST;
            } else {
                skb.pkt_type = PACKET_MULTICAST;
            }
        } else if (!ether_addr_equal(skb.head, eth, dev.dev_addr, 0)) {
            skb.pkt_type = PACKET_OTHERHOST;
        }

        h_proto = get16(skb.head, eth + 12);
        if (h_proto >= ETH_P_802_3_MIN) {
            return h_proto;
        }

        // Old Novell networks have no 802.2 header: what would be there are ones.
        if (skb.len >= 2 && get16(skb.head, skb.data) == 0xFFFF) {
            return ETH_P_802_3;
        }

        return ETH_P_802_2;
    }

    static int eth_header_parse(sk_buff skb, byte[] haddr) {
        ethhdr eth = eth_hdr(skb);
        System.arraycopy(eth.b, eth.h_source(), haddr, 0, ETH_ALEN);
        return ETH_ALEN;
    }

    static int eth_prepare_mac_addr_change(net_device dev, byte[] addr) {
        if ((dev.priv_flags & IFF_LIVE_ADDR_CHANGE) == 0 && netif_running(dev)) {
            return -EBUSY;
        }
        if (addr.length < ETH_ALEN || !is_valid_ether_addr(addr, 0)) {
            return -EADDRNOTAVAIL;
        }
        return 0;
    }

    static void eth_commit_mac_addr_change(net_device dev, byte[] addr) {
        System.arraycopy(addr, 0, dev.dev_addr, 0, ETH_ALEN);
    }

    /** Sets the address; {@code -EBUSY} while the device is up, where the driver does not allow that. */
    public static int eth_mac_addr(net_device dev, byte[] addr) {
        int ret;

        ret = eth_prepare_mac_addr_change(dev, addr);
        if (ret < 0) {
            return ret;
        }
        eth_commit_mac_addr_change(dev, addr);
        return 0;
    }

    /** 68 to 1500. */
    public static int eth_change_mtu(net_device dev, int new_mtu) {
        if (new_mtu < 68 || new_mtu > ETH_DATA_LEN) {
            return -EINVAL;
        }
        dev.mtu = new_mtu;
        return 0;
    }

    public static int eth_validate_addr(net_device dev) {
        if (!is_valid_ether_addr(dev.dev_addr, 0)) {
            return -EADDRNOTAVAIL;
        }

        return 0;
    }

    /** What all Ethernet devices begin with. */
    public static void ether_setup(net_device dev) {
        dev.header_ops = eth_header_ops;
        dev.type = ARPHRD_ETHER;
        dev.hard_header_len = ETH_HLEN;
        dev.mtu = ETH_DATA_LEN;
        dev.addr_len = ETH_ALEN;
        dev.tx_queue_len = 1000;
        dev.flags = IFF_BROADCAST | IFF_MULTICAST;
        dev.priv_flags |= IFF_TX_SKB_SHARING;

        Arrays.fill(dev.broadcast, 0, ETH_ALEN, (byte) 0xFF);
    }
}
