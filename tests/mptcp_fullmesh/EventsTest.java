// SPDX-License-Identifier: GPL-2.0-only
package mptcp_fullmesh;

import static linux.inetdevice.InDev.__in_dev_get_rtnl;
import static linux.jiffies.Jiffies.jiffies;
import static linux.list.Lists.list_del;
import static linux.netdevice.Flags.dev_change_flags;
import static linux.netdevice.Notifiers.NETDEV_CHANGE;
import static linux.netdevice.Notifiers.NETDEV_DOWN;
import static linux.netdevice.Notifiers.NETDEV_REGISTER;
import static linux.netdevice.Notifiers.NETDEV_UP;
import static linux.notifier.notifier_block.NOTIFY_DONE;
import static linux.printk.Printk.pI4;
import static linux.rtnetlink.Rtnl.rtnl_lock;
import static linux.rtnetlink.Rtnl.rtnl_unlock;
import static linux.workqueue.Workqueue.cancel_delayed_work_sync;
import static linux.workqueue.Workqueue.delayed_work_pending;
import static linux.workqueue.Workqueue.queued;
import static mptcp_fullmesh.RemoteAddresses.fm_get_ns;
import static mptcp_fullmesh.mptcp_addr_event.MPTCP_EVENT_ADD;
import static mptcp_fullmesh.mptcp_addr_event.MPTCP_EVENT_DEL;
import static mptcp_fullmesh.mptcp_addr_event.MPTCP_EVENT_MOD;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.MptcpConnection.address;
import static testing.SocketFields.same;
import static uapi.linux.if_.Iff.IFF_MPBACKUP;
import static uapi.linux.if_.Iff.IFF_NOMULTIPATH;
import static uapi.linux.if_.Iff.IFF_UP;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_HOST;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_LINK;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.AF_INET6;

import devinet.IpAddr;
import java.util.ArrayList;
import java.util.List;
import linux.gfp.Gfp;
import linux.inetdevice.in_ifaddr;
import linux.list.list_head;
import linux.netdevice.Veth;
import linux.netdevice.net_device;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class EventsTest {
    private static final int A = 0x0a000001;

    private mptcp_fm_ns fm_ns;
    private net_device dev;

    @BeforeEach
    void device() {
        fm_ns = fm_get_ns(init_net);
        dev = Veth.createPair(new Veth.End(init_net, "a"), new Veth.End(init_net, "b"));
        IpAddr.linkUp(dev);
        IpAddr.linkUp(Veth.peer(dev));
    }

    @AfterEach
    void nothing_waits() {
        cancel_delayed_work_sync(fm_ns.address_worker);
    }

    /** What waits: {@code "ADD 10.0.0.1"}, with {@code backup} behind it. */
    private List<String> events() {
        List<String> s = new ArrayList<>();
        for (list_head<mptcp_addr_event> p = fm_ns.events.next; p != fm_ns.events; p = p.next) {
            s.add(new String[] {"", "ADD ", "DEL ", "MOD "}[p.owner.code] + pI4(p.owner.addr)
                    + (p.owner.low_prio ? " backup" : ""));
        }
        return s;
    }

    private static mptcp_addr_event event(int code, int addr) {
        mptcp_addr_event e = new mptcp_addr_event();
        e.family = AF_INET;
        e.code = code;
        e.addr = addr;
        return e;
    }

    @Nested
    class lookup_similar_event {
        @Test
        @DisplayName("finds the event about the same address of the same family")
        void same() {
            Events.add_pm_event(init_net, event(MPTCP_EVENT_ADD, A));
            Events.add_pm_event(init_net, event(MPTCP_EVENT_ADD, A + 1));

            mptcp_addr_event found = Events.lookup_similar_event(init_net, event(MPTCP_EVENT_MOD, A + 1));
            assertThat(found.addr).isEqualTo(A + 1);
            assertThat(Events.lookup_similar_event(init_net, event(MPTCP_EVENT_MOD, A + 2))).isNull();

            mptcp_addr_event v6 = event(MPTCP_EVENT_ADD, A);
            v6.family = AF_INET6;
            assertThat(Events.lookup_similar_event(init_net, v6)).isNull();
            Events.add_pm_event(init_net, v6);
            assertThat(Events.lookup_similar_event(init_net, v6).family).isEqualTo(AF_INET6);
        }
    }

    @Nested
    class add_pm_event {
        @Test
        @DisplayName("a copy is queued, and the worker set to half a second from now")
        void queued() {
            mptcp_addr_event e = event(MPTCP_EVENT_ADD, A);
            Events.add_pm_event(init_net, e);

            assertThat(events()).containsExactly("ADD 10.0.0.1");
            assertThat(fm_ns.events.next.owner).isNotSameAs(e);
            assertThat(delayed_work_pending(fm_ns.address_worker)).isTrue();
            assertThat(fm_ns.address_worker.timer.expires - jiffies).isBetween(500L, 502L);
        }

        @Test
        @DisplayName("a removal supersedes what waits, and goes behind the others")
        void removal() {
            Events.add_pm_event(init_net, event(MPTCP_EVENT_ADD, A));
            Events.add_pm_event(init_net, event(MPTCP_EVENT_ADD, A + 1));
            Events.add_pm_event(init_net, event(MPTCP_EVENT_DEL, A));
            assertThat(events()).containsExactly("ADD 10.0.0.2", "DEL 10.0.0.1");
        }

        @Test
        @DisplayName("others change what waits, in its place")
        void changed() {
            Events.add_pm_event(init_net, event(MPTCP_EVENT_DEL, A));
            Events.add_pm_event(init_net, event(MPTCP_EVENT_ADD, A + 1));
            mptcp_addr_event e = event(MPTCP_EVENT_ADD, A);
            e.low_prio = true;
            Events.add_pm_event(init_net, e);
            assertThat(events()).containsExactly("ADD 10.0.0.1 backup", "ADD 10.0.0.2");

            Events.add_pm_event(init_net, event(MPTCP_EVENT_MOD, A));
            assertThat(events()).containsExactly("MOD 10.0.0.1", "ADD 10.0.0.2");
        }

        @Test
        @DisplayName("without memory it is lost")
        void no_memory() {
            Gfp.failNth(0);
            Events.add_pm_event(init_net, event(MPTCP_EVENT_ADD, A));
            assertThat(events()).isEmpty();
        }
    }

    @Nested
    class addr4_event_handler {
        private in_ifaddr ifa;

        @BeforeEach
        void address() {
            IpAddr.add(dev, "10.0.0.1/24");
            ifa = __in_dev_get_rtnl(dev).ifa_list;
            list_del(fm_ns.events.next);
        }

        private String of(long event) {
            Events.addr4_event_handler(ifa, event, init_net);
            String s = events().get(0);
            list_del(fm_ns.events.next);
            return s;
        }

        @Test
        @DisplayName("up: new, down: gone, changed: changed")
        void events_() {
            assertThat(of(NETDEV_UP)).isEqualTo("ADD 10.0.0.1");
            assertThat(of(NETDEV_DOWN)).isEqualTo("DEL 10.0.0.1");
            assertThat(of(NETDEV_CHANGE)).isEqualTo("MOD 10.0.0.1");
        }

        @Test
        @DisplayName("the device says that it is a backup, or not to be used")
        void flags() {
            dev.flags |= IFF_MPBACKUP;
            assertThat(of(NETDEV_CHANGE)).isEqualTo("MOD 10.0.0.1 backup");
            dev.flags = dev.flags & ~IFF_MPBACKUP | IFF_NOMULTIPATH;
            assertThat(of(NETDEV_CHANGE)).isEqualTo("DEL 10.0.0.1");
            dev.flags &= ~(IFF_NOMULTIPATH | IFF_UP);
            assertThat(of(NETDEV_UP)).isEqualTo("DEL 10.0.0.1");
            dev.flags |= IFF_UP;
        }

        @Test
        @DisplayName("addresses of the host itself do not count")
        void host() {
            ifa.ifa_scope = RT_SCOPE_HOST;
            Events.addr4_event_handler(ifa, NETDEV_UP, init_net);
            ifa.ifa_scope = RT_SCOPE_LINK;
            int local = ifa.ifa_local;
            ifa.ifa_local = 0x7f000001;
            Events.addr4_event_handler(ifa, NETDEV_UP, init_net);
            ifa.ifa_local = local;
            assertThat(events()).isEmpty();
        }
    }

    @Nested
    class mptcp_pm_inetaddr_event {
        @Test
        @DisplayName("hears of addresses that come and go")
        void heard() {
            IpAddr.add(dev, "10.0.0.1/24");
            assertThat(events()).containsExactly("ADD 10.0.0.1");
            IpAddr.del(dev, "10.0.0.1/24");
            assertThat(events()).containsExactly("DEL 10.0.0.1");
        }

        @Test
        @DisplayName("other events are none of its business")
        void others() {
            IpAddr.add(dev, "10.0.0.1/24");
            list_del(fm_ns.events.next);
            int ret = Events.mptcp_pm_inetaddr_event(null, NETDEV_REGISTER, __in_dev_get_rtnl(dev).ifa_list);
            assertThat(ret).isEqualTo(NOTIFY_DONE);
            assertThat(events()).isEmpty();
        }
    }

    @Nested
    class netdev_event {
        @Test
        @DisplayName("a device that goes down, or becomes a backup, takes all its addresses along")
        void all() {
            IpAddr.add(dev, "10.0.0.1/24");
            IpAddr.add(dev, "10.1.0.1/24");
            IpAddr.linkDown(dev);
            assertThat(events()).containsExactly("DEL 10.0.0.1", "DEL 10.1.0.1");
            IpAddr.linkUp(dev);
            assertThat(events()).containsExactly("ADD 10.0.0.1", "ADD 10.1.0.1");

            rtnl_lock();
            dev_change_flags(dev, dev.flags | IFF_MPBACKUP);
            rtnl_unlock();
            assertThat(events()).containsExactly("MOD 10.0.0.1 backup", "MOD 10.1.0.1 backup");
        }

        @Test
        @DisplayName("a new MTU is no news")
        void mtu() {
            IpAddr.add(dev, "10.0.0.1/24");
            list_del(fm_ns.events.next);
            IpAddr.linkMtu(dev, 1400);
            assertThat(events()).isEmpty();
        }
    }
}
