// SPDX-License-Identifier: GPL-2.0-only
package linux.etherdevice;

import static linux.netdevice.net_device.NET_ADDR_RANDOM;
import static linux.random.Random.get_random_bytes;
import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.get64;
import static uapi.linux.if_ether.IfEther.ETH_ALEN;

import linux.netdevice.net_device;

/** Ethernet addresses, {@code include/linux/etherdevice.h}: six bytes at some place in an array. */
public final class EtherAddr {
    private EtherAddr() {}

    public static boolean is_zero_ether_addr(byte[] addr, int at) {
        return (get32(addr, at) | get16(addr, at + 4)) == 0;
    }

    /** Is it the address of a group? A broadcast is one too. */
    public static boolean is_multicast_ether_addr(byte[] addr, int at) {
        return (0x01 & addr[at]) != 0;
    }

    public static boolean is_local_ether_addr(byte[] addr, int at) {
        return (0x02 & addr[at]) != 0;
    }

    public static boolean is_broadcast_ether_addr(byte[] addr, int at) {
        return (get16(addr, at) & get16(addr, at + 2) & get16(addr, at + 4)) == 0xffff;
    }

    public static boolean is_unicast_ether_addr(byte[] addr, int at) {
        return !is_multicast_ether_addr(addr, at);
    }

    /** May a device have it? */
    public static boolean is_valid_ether_addr(byte[] addr, int at) {
        return !is_multicast_ether_addr(addr, at) && !is_zero_ether_addr(addr, at);
    }

    /** A random one, of those that anybody may use. */
    public static void eth_random_addr(byte[] addr) {
        byte[] random = new byte[ETH_ALEN];

        get_random_bytes(random);
        System.arraycopy(random, 0, addr, 0, ETH_ALEN);
        addr[0] &= (byte) 0xfe;
        addr[0] |= 0x02;
    }

    public static void eth_hw_addr_random(net_device dev) {
        dev.addr_assign_type = NET_ADDR_RANDOM;
        eth_random_addr(dev.dev_addr);
    }

    public static boolean ether_addr_equal(byte[] addr1, int at1, byte[] addr2, int at2) {
        int fold = (get32(addr1, at1) ^ get32(addr2, at2)) | (get16(addr1, at1 + 4) ^ get16(addr2, at2 + 4));

        return fold == 0;
    }

    /** Do two Ethernet headers differ? */
    public static boolean compare_ether_header(byte[] a, int a_at, byte[] b, int b_at) {
        long fold;

        fold = get64(a, a_at) ^ get64(b, b_at);
        fold |= get64(a, a_at + 6) ^ get64(b, b_at + 6);
        return fold != 0;
    }
}
