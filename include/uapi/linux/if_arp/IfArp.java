// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.if_arp;

/** Kinds of hardware, {@code net_device.type}: only Ethernet and the loopback exist here. */
public final class IfArp {
    private IfArp() {}

    public static final int ARPHRD_ETHER = 1;
    public static final int ARPHRD_PPP = 512;
    public static final int ARPHRD_TUNNEL = 768;
    public static final int ARPHRD_LOOPBACK = 772;
    public static final int ARPHRD_VOID = 0xffff;
    public static final int ARPHRD_NONE = 0xfffe;
}
