// SPDX-License-Identifier: GPL-2.0-only
package linux.inetdevice;

import static linux.netdevice.Netdev.dev_net;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_ACCEPT_LOCAL;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_ACCEPT_REDIRECTS;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_FORWARDING;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_LOG_MARTIANS;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_MAX;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_PROMOTE_SECONDARIES;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_ROUTE_LOCALNET;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_RP_FILTER;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_SECURE_REDIRECTS;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_SEND_REDIRECTS;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_SHARED_MEDIA;
import static uapi.linux.ip.Ip.IPV4_DEVCONF_SRC_VMARK;

import net.net_namespace.net;

/**
 * How a device's settings and those of {@code all} make one answer, from {@code include/linux/inetdevice.h}: for some
 * both must be on, for some one of them suffices, of rp_filter the stricter counts, and forwarding is the device's own.
 */
public final class Conf {
    private Conf() {}

    public static int IPV4_DEVCONF(ipv4_devconf cnf, int attr) {
        return cnf.data[attr - 1];
    }

    public static int IPV4_DEVCONF_ALL(net net, int attr) {
        return IPV4_DEVCONF(net.ipv4.devconf_all, attr);
    }

    public static int ipv4_devconf_get(in_device in_dev, int index) {
        index--;
        return in_dev.cnf.data[index];
    }

    /** Sets it; a new default leaves it alone from now on. */
    public static void ipv4_devconf_set(in_device in_dev, int index, int val) {
        index--;
        in_dev.cnf.state.set(index);
        in_dev.cnf.data[index] = val;
    }

    /** The device has an address: what it is set to now, stays. */
    public static void ipv4_devconf_setall(in_device in_dev) {
        in_dev.cnf.state.set(0, IPV4_DEVCONF_MAX);
    }

    public static int IN_DEV_CONF_GET(in_device in_dev, int attr) {
        return ipv4_devconf_get(in_dev, attr);
    }

    public static void IN_DEV_CONF_SET(in_device in_dev, int attr, int val) {
        ipv4_devconf_set(in_dev, attr, val);
    }

    public static boolean IN_DEV_ANDCONF(in_device in_dev, int attr) {
        return IPV4_DEVCONF_ALL(dev_net(in_dev.dev), attr) != 0 && IN_DEV_CONF_GET(in_dev, attr) != 0;
    }

    public static boolean IN_DEV_NET_ORCONF(in_device in_dev, net net, int attr) {
        return IPV4_DEVCONF_ALL(net, attr) != 0 || IN_DEV_CONF_GET(in_dev, attr) != 0;
    }

    public static boolean IN_DEV_ORCONF(in_device in_dev, int attr) {
        return IN_DEV_NET_ORCONF(in_dev, dev_net(in_dev.dev), attr);
    }

    public static int IN_DEV_MAXCONF(in_device in_dev, int attr) {
        return Math.max(IPV4_DEVCONF_ALL(dev_net(in_dev.dev), attr), IN_DEV_CONF_GET(in_dev, attr));
    }

    public static boolean IN_DEV_FORWARD(in_device in_dev) {
        return IN_DEV_CONF_GET(in_dev, IPV4_DEVCONF_FORWARDING) != 0;
    }

    /** 0: off; 1: a packet must come in where an answer would leave (RFC 3704); 2: an answer must find any way. */
    public static int IN_DEV_RPFILTER(in_device in_dev) {
        return IN_DEV_MAXCONF(in_dev, IPV4_DEVCONF_RP_FILTER);
    }

    public static boolean IN_DEV_SRC_VMARK(in_device in_dev) {
        return IN_DEV_ORCONF(in_dev, IPV4_DEVCONF_SRC_VMARK);
    }

    /** May a packet say by itself where it goes? {@code all} says no at first. */
    public static boolean IN_DEV_SOURCE_ROUTE(in_device in_dev) {
        return IN_DEV_ANDCONF(in_dev, IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE);
    }

    public static boolean IN_DEV_ACCEPT_LOCAL(in_device in_dev) {
        return IN_DEV_ORCONF(in_dev, IPV4_DEVCONF_ACCEPT_LOCAL);
    }

    public static boolean IN_DEV_LOG_MARTIANS(in_device in_dev) {
        return IN_DEV_ORCONF(in_dev, IPV4_DEVCONF_LOG_MARTIANS);
    }

    public static boolean IN_DEV_SHARED_MEDIA(in_device in_dev) {
        return IN_DEV_ORCONF(in_dev, IPV4_DEVCONF_SHARED_MEDIA);
    }

    public static boolean IN_DEV_TX_REDIRECTS(in_device in_dev) {
        return IN_DEV_ORCONF(in_dev, IPV4_DEVCONF_SEND_REDIRECTS);
    }

    public static boolean IN_DEV_SEC_REDIRECTS(in_device in_dev) {
        return IN_DEV_ORCONF(in_dev, IPV4_DEVCONF_SECURE_REDIRECTS);
    }

    public static boolean IN_DEV_PROMOTE_SECONDARIES(in_device in_dev) {
        return IN_DEV_ORCONF(in_dev, IPV4_DEVCONF_PROMOTE_SECONDARIES);
    }

    /** Are 127.0.0.0/8 addresses taken from and sent to this device? */
    public static boolean IN_DEV_ROUTE_LOCALNET(in_device in_dev) {
        return IN_DEV_ORCONF(in_dev, IPV4_DEVCONF_ROUTE_LOCALNET);
    }

    public static boolean IN_DEV_NET_ROUTE_LOCALNET(in_device in_dev, net net) {
        return IN_DEV_NET_ORCONF(in_dev, net, IPV4_DEVCONF_ROUTE_LOCALNET);
    }

    /** A router takes redirects only if both agree, a host if one does. */
    public static boolean IN_DEV_RX_REDIRECTS(in_device in_dev) {
        return IN_DEV_FORWARD(in_dev) && IN_DEV_ANDCONF(in_dev, IPV4_DEVCONF_ACCEPT_REDIRECTS)
                || !IN_DEV_FORWARD(in_dev) && IN_DEV_ORCONF(in_dev, IPV4_DEVCONF_ACCEPT_REDIRECTS);
    }
}
