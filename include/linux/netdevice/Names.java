// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.bug.Bug.BUG_ON;
import static linux.errno.Errno.EBUSY;
import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENFILE;
import static linux.errno.Errno.ENODEV;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.gfp.Gfp.fails;
import static linux.mm.Mm.PAGE_SIZE;
import static linux.netdevice.Netdev.dev_hold;
import static linux.netdevice.Netdev.dev_net;
import static linux.netdevice.Notifiers.NETDEV_CHANGENAME;
import static linux.netdevice.Notifiers.call_netdevice_notifiers;
import static linux.notifier.Notifier.notifier_to_errno;
import static linux.printk.Printk.pr_err;
import static uapi.linux.if_.Iff.IFF_UP;
import static uapi.linux.if_.Iff.IFNAMSIZ;

import java.util.BitSet;
import java.util.List;
import linux.compiler.Ref;
import net.net_namespace.net;

/** Finding devices and naming them, {@code net/core/dev.c}. Names and indices are a namespace's own. */
public final class Names {
    private Names() {}

    static void list_netdevice(net_device dev) {
        net net = dev_net(dev);

        net.dev_base_head.add(dev);
        net.dev_name_head.put(dev.name, dev);
    }

    static void unlist_netdevice(net_device dev) {
        dev_net(dev).dev_base_head.remove(dev);
        dev_net(dev).dev_name_head.values().remove(dev);
    }

    public static net_device __dev_get_by_name(net net, String name) {
        return net.dev_name_head.get(name);
    }

    public static net_device dev_get_by_name_rcu(net net, String name) {
        return net.dev_name_head.get(name);
    }

    /** The same; the caller holds it afterwards and must {@code dev_put} it. */
    public static net_device dev_get_by_name(net net, String name) {
        net_device dev;

        dev = dev_get_by_name_rcu(net, name);
        if (dev != null) {
            dev_hold(dev);
        }
        return dev;
    }

    public static net_device __dev_get_by_index(net net, int ifindex) {
        List<net_device> head = net.dev_base_head;

        for (int i = 0; i < head.size(); i++) {
            net_device dev = head.get(i);
            if (dev.ifindex == ifindex) {
                return dev;
            }
        }

        return null;
    }

    public static net_device dev_get_by_index_rcu(net net, int ifindex) {
        return __dev_get_by_index(net, ifindex);
    }

    /** The same; the caller holds it afterwards and must {@code dev_put} it. */
    public static net_device dev_get_by_index(net net, int ifindex) {
        net_device dev;

        dev = dev_get_by_index_rcu(net, ifindex);
        if (dev != null) {
            dev_hold(dev);
        }
        return dev;
    }

    /** The name of the device with this index in {@code name}; {@code -ENODEV}: there is none. */
    public static int netdev_get_name(net net, Ref<String> name, int ifindex) {
        net_device dev;

        dev = dev_get_by_index_rcu(net, ifindex);
        if (dev == null) {
            return -ENODEV;
        }

        name.val = dev.name;

        return 0;
    }

    /** The first device of {@code type} ({@code ARPHRD_*}), held. */
    public static net_device dev_getfirstbyhwtype(net net, int type) {
        net_device ret = null;

        for (net_device dev : net.dev_base_head) {
            if (dev.type == type) {
                dev_hold(dev);
                ret = dev;
                break;
            }
        }
        return ret;
    }

    /** The first device whose flags agree with {@code if_flags} in the bits of {@code mask}. */
    public static net_device dev_get_by_flags_rcu(net net, int if_flags, int mask) {
        net_device ret;

        ret = null;
        for (net_device dev : net.dev_base_head) {
            if (((dev.flags ^ if_flags) & mask) == 0) {
                ret = dev;
                break;
            }
        }
        return ret;
    }

    /** 1 to 15 characters, no blanks, no slashes, not "." or "..". */
    public static boolean dev_valid_name(String name) {
        if (name.isEmpty()) {
            return false;
        }
        if (name.length() >= IFNAMSIZ) {
            return false;
        }
        if (name.equals(".") || name.equals("..")) {
            return false;
        }

        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) == '/' || isspace(name.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isspace(char c) {
        return c == ' ' || c >= '\t' && c <= '\r' || c == 0xa0;
    }

    /**
     * Makes a name of a pattern like "veth%d": the lowest number that is free.
     *
     * @param buf set to the name
     * @return the number, {@code -EINVAL} for a bad pattern, {@code -ENFILE}: all are taken
     */
    static int __dev_alloc_name(net net, String name, Ref<String> buf) {
        int i = 0;
        int p;
        int max_netdevices = 8 * PAGE_SIZE;

        p = name.indexOf('%');
        if (p >= 0 && p < IFNAMSIZ - 1) {
            BitSet inuse = new BitSet();

            if (p + 1 >= name.length() || name.charAt(p + 1) != 'd' || name.indexOf('%', p + 2) >= 0) {
                return -EINVAL;
            }

            if (fails(GFP_ATOMIC)) {
                return -ENOMEM;
            }

            for (net_device d : net.dev_base_head) {
                i = numberIn(d.name, name, p);
                if (i < 0 || i >= max_netdevices) {
                    continue;
                }

                if (name.replace("%d", Integer.toString(i)).equals(d.name)) {
                    inuse.set(i);
                }
            }

            i = inuse.nextClearBit(0);
            if (i > max_netdevices) {
                i = max_netdevices;
            }
            name = name.replace("%d", Integer.toString(i));
        }

        buf.val = name.length() < IFNAMSIZ ? name : name.substring(0, IFNAMSIZ - 1);
        if (__dev_get_by_name(net, buf.val) == null) {
            return i;
        }

        return -ENFILE;
    }

    /** {@code sscanf}: the number that {@code name} has where the pattern has "%d" at {@code p}; -1: none. */
    private static int numberIn(String name, String pattern, int p) {
        int end = p;

        if (!name.startsWith(pattern.substring(0, p))) {
            return -1;
        }
        while (end < name.length() && end < p + 9 && Character.digit(name.charAt(end), 10) >= 0) {
            end++;
        }
        return end == p ? -1 : Integer.parseInt(name.substring(p, end));
    }

    /** Gives {@code dev} a name after the pattern; returns the number in it, or a negative errno. */
    public static int dev_alloc_name(net_device dev, String name) {
        Ref<String> buf = new Ref<>();
        net net;
        int ret;

        BUG_ON(dev_net(dev) == null);
        net = dev_net(dev);
        ret = __dev_alloc_name(net, name, buf);
        if (ret >= 0) {
            dev.name = buf.val;
        }
        return ret;
    }

    static int dev_alloc_name_ns(net net, net_device dev, String name) {
        Ref<String> buf = new Ref<>();
        int ret;

        ret = __dev_alloc_name(net, name, buf);
        if (ret >= 0) {
            dev.name = buf.val;
        }
        return ret;
    }

    /** Gives {@code dev} the name, or one after the pattern; {@code -EEXIST}: it is taken. */
    static int dev_get_valid_name(net net, net_device dev, String name) {
        BUG_ON(net == null);

        if (!dev_valid_name(name)) {
            return -EINVAL;
        }

        if (name.indexOf('%') >= 0) {
            return dev_alloc_name_ns(net, dev, name);
        } else if (__dev_get_by_name(net, name) != null) {
            return -EEXIST;
        } else {
            dev.name = name;
        }

        return 0;
    }

    /** Renames a device that is down; {@code -EBUSY}: it is up. */
    public static int dev_change_name(net_device dev, String newname) {
        String oldname;
        int err = 0;
        int ret;
        net net;

        BUG_ON(dev_net(dev) == null);

        net = dev_net(dev);
        if ((dev.flags & IFF_UP) != 0) {
            return -EBUSY;
        }

        if (newname.equals(dev.name)) {
            return 0;
        }

        oldname = dev.name;

        err = dev_get_valid_name(net, dev, newname);
        if (err < 0) {
            return err;
        }

        rollback:
        while (true) {
            net.dev_name_head.remove(oldname);
            net.dev_name_head.put(dev.name, dev);

            ret = call_netdevice_notifiers(NETDEV_CHANGENAME, dev);
            ret = notifier_to_errno(ret);

            if (ret != 0) {
                if (err >= 0) {
                    err = ret;
                    String refused = dev.name;
                    dev.name = oldname;
                    oldname = refused;
                    continue rollback;
                } else {
                    pr_err("%s: name change rollback failed: %d\n", dev.name, ret);
                }
            }

            return err;
        }
    }
}
