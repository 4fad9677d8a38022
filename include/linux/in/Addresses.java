// SPDX-License-Identifier: GPL-2.0-only
package linux.in;

import static uapi.linux.in.In.INADDR_BROADCAST;

/** Addresses with a meaning of their own (RFC 6890), from {@code include/linux/in.h}. All in host order. */
public final class Addresses {
    private Addresses() {}

    /** 127.0.0.0/8. */
    public static boolean ipv4_is_loopback(int addr) {
        return (addr & 0xff000000) == 0x7f000000;
    }

    /** 224.0.0.0/4. */
    public static boolean ipv4_is_multicast(int addr) {
        return (addr & 0xf0000000) == 0xe0000000;
    }

    /** 224.0.0.0/24: groups that never leave the link. */
    public static boolean ipv4_is_local_multicast(int addr) {
        return (addr & 0xffffff00) == 0xe0000000;
    }

    /** 255.255.255.255, the limited broadcast. */
    public static boolean ipv4_is_lbcast(int addr) {
        return addr == INADDR_BROADCAST;
    }

    /** 0.0.0.0/8: this host, on this network. */
    public static boolean ipv4_is_zeronet(int addr) {
        return (addr & 0xff000000) == 0;
    }
}
