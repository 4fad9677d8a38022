// SPDX-License-Identifier: GPL-2.0-only
package mptcp_binder;

import static ip_options.IpOptions.ip_options_get;
import static ip_sockglue.Getsockopt.ip_getsockopt;
import static linux.errno.Errno.ENOMEM;
import static linux.printk.Printk.pI4;
import static linux.sched.Sched.msleep;
import static linux.workqueue.Workqueue.work_pending;
import static mptcp_pm.PathManager.mptcp_set_default_path_manager;
import static net.net_namespace.NetNs.init_net;
import static net.tcp.Globals.tcp_prot;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.in.In.IPPROTO_IP;
import static uapi.linux.in.In.IP_OPTIONS;
import static uapi.linux.ip.Ip.IPOPT_LSRR;
import static uapi.linux.ip.Ip.IPOPT_MINOFF;
import static uapi.linux.ip.Ip.IPOPT_NOP;
import static uapi.linux.socket.SocketOpt.AF_INET;

import devinet.IpAddr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import linux.compiler.BoolRef;
import linux.compiler.IntRef;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.in.Prefix;
import linux.tcp.tcp_sock;
import linux.types.Be;
import linux.workqueue.work_struct;
import net.inet_sock.ip_options;
import net.mptcp.mptcp_pm_ops;
import net.neighbour.Neighbours;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.MptcpConnection;
import testing.MptcpSockets;

@KernelTest
class BinderTest {
    private static int sysctl(String lists) {
        return init_net.sysctls.write("net.mptcp.mptcp_binder_gateways", lists);
    }

    private static String sysctl() {
        return init_net.sysctls.read("net.mptcp.mptcp_binder_gateways");
    }

    /** The lists as they were understood: {@code 10.0.0.1,10.0.0.2 10.0.0.3}. */
    private static String lists() {
        List<String> all = new ArrayList<>();
        for (int k = 0; k < mptcp_gw_list.MPTCP_GW_MAX_LISTS; k++) {
            List<String> one = new ArrayList<>();
            for (int j = 0; j < Binder.mptcp_gws.len[k]; j++) {
                one.add(pI4(Binder.mptcp_gws.list[k][j]));
            }
            all.add(String.join(",", one));
        }
        return String.join(" ", all).strip();
    }

    /** A subflow whose packets carry these IP options. */
    private static void options(tcp_sock tp, byte... opt) {
        Ref<ip_options> o = new Ref<>();
        assertThat(ip_options_get(init_net, o, opt, opt.length)).isZero();
        tp.inet_opt = o.val;
    }

    /** A loose source route over these addresses. */
    private static byte[] lsrr(int... addrs) {
        byte[] b = new byte[4 + 4 * addrs.length];
        b[0] = IPOPT_NOP;
        b[1] = (byte) IPOPT_LSRR;
        b[2] = (byte) (3 + 4 * addrs.length);
        b[3] = IPOPT_MINOFF;
        for (int i = 0; i < addrs.length; i++) {
            Be.put32(b, 4 + 4 * i, addrs[i]);
        }
        return b;
    }

    private static int addr(String s) {
        return Prefix.parseAddr(s);
    }

    private static MptcpSockets sockets(int n) {
        MptcpSockets c = new MptcpSockets(n);
        for (int i = 0; i < n; i++) {
            c.sub(i).is_icsk = true;
            c.sub(i).icsk_sync_mss = (sk, pmtu) -> 0;
            c.sub(i).skc_prot = tcp_prot;
        }
        return c;
    }

    @Nested
    class mptcp_get_avail_list_ipv4 {
        @Test
        @DisplayName("the first list that no subflow has; -1 when all are taken")
        void first_free() {
            sysctl("10.0.0.1,10.0.0.2-10.0.0.3");
            MptcpSockets c = sockets(3);
            int dst = addr("10.9.0.9");

            assertThat(Binder.mptcp_get_avail_list_ipv4(c.sub(2))).isZero();
            options(c.sub(0), lsrr(addr("10.0.0.1"), addr("10.0.0.2"), dst));
            assertThat(Binder.mptcp_get_avail_list_ipv4(c.sub(2))).isOne();
            options(c.sub(1), lsrr(addr("10.0.0.3"), dst));
            assertThat(Binder.mptcp_get_avail_list_ipv4(c.sub(2))).isEqualTo(-1);
            c.free();
        }

        @Test
        @DisplayName("other routers, or another number of them, or other options: the list is free")
        void others() {
            sysctl("10.0.0.1,10.0.0.2");
            MptcpSockets c = sockets(3);
            options(c.sub(0), lsrr(addr("10.0.0.1"), addr("10.9.0.9")));
            options(c.sub(1), lsrr(addr("10.0.0.1"), addr("10.0.0.7"), addr("10.9.0.9")));
            options(c.sub(2), (byte) IPOPT_NOP, (byte) IPOPT_NOP, (byte) IPOPT_NOP, (byte) IPOPT_NOP);
            assertThat(Binder.mptcp_get_avail_list_ipv4(c.sub(2))).isZero();
            c.free();
        }

        @Test
        @DisplayName("no lists: none is free; ten at most")
        void bounds() {
            MptcpSockets c = sockets(1);
            assertThat(Binder.mptcp_get_avail_list_ipv4(c.sub(0))).isEqualTo(-1);
            sysctl("1.0.0.1-1.0.0.1-1.0.0.1-1.0.0.1-1.0.0.1-1.0.0.1-1.0.0.1-1.0.0.1-1.0.0.1-1.0.0.1");
            options(c.sub(0), lsrr(addr("1.0.0.1"), addr("10.9.0.9")));
            assertThat(Binder.mptcp_get_avail_list_ipv4(c.sub(0))).isEqualTo(-1);
            c.free();
        }
    }

    @Nested
    class mptcp_v4_add_lsrr {
        @Test
        @DisplayName("takes a free list: its routers, then the destination")
        void taken() {
            sysctl("10.0.0.1,10.0.0.2");
            MptcpSockets c = sockets(2);

            Binder.mptcp_v4_add_lsrr(c.sub(1), addr("10.9.0.9"));

            IntRef len = new IntRef(40);
            byte[] opt = new byte[40];
            assertThat(ip_getsockopt(c.sub(1), IPPROTO_IP, IP_OPTIONS, opt, len)).isZero();
            assertThat(len.val).isEqualTo(16);
            assertThat(opt).startsWith(lsrr(addr("10.0.0.1"), addr("10.0.0.2"), addr("10.9.0.9")));
            assertThat(c.sub(1).inet_opt.faddr).as("the first hop").isEqualTo(addr("10.0.0.1"));
            c.free();
        }

        @Test
        @DisplayName("without a free list the subflow goes the usual way")
        void none() {
            MptcpSockets c = sockets(1);
            Binder.mptcp_v4_add_lsrr(c.sub(0), addr("10.9.0.9"));
            assertThat(c.sub(0).inet_opt).isNull();
            c.free();
        }
    }

    @Nested
    class mptcp_parse_gateway_ipv4 {
        @Test
        @DisplayName("commas between routers, dashes between lists; a subflow for each list and the first one")
        void parsed() {
            assertThat(Binder.mptcp_parse_gateway_ipv4("10.0.0.1,10.0.0.2-10.0.0.3")).isZero();
            assertThat(lists()).isEqualTo("10.0.0.1,10.0.0.2 10.0.0.3");
            assertThat(Binder.mptcp_binder_ndiffports).isEqualTo(3);

            assertThat(Binder.mptcp_parse_gateway_ipv4("255.255.255.255-")).isZero();
            assertThat(lists()).isEqualTo("255.255.255.255");
            assertThat(Binder.mptcp_binder_ndiffports).isEqualTo(2);

            assertThat(Binder.mptcp_parse_gateway_ipv4("")).isZero();
            assertThat(lists()).isEmpty();
            assertThat(Binder.mptcp_binder_ndiffports).isOne();
        }

        @Test
        @DisplayName("six routers in a list, ten lists; what is behind the tenth is not read")
        void most() {
            String six = "1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5,1.1.1.6";
            assertThat(Binder.mptcp_parse_gateway_ipv4((six + "-").repeat(10) + "what")).isZero();
            assertThat(Binder.mptcp_gws.len).containsOnly(6);
            assertThat(Binder.mptcp_binder_ndiffports).isEqualTo(11);
        }

        @Test
        @DisplayName("a seventh router, no address, one that is too long: no lists at all")
        void errors() {
            for (String wrong : new String[] {
                "1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5,1.1.1.6,1.1.1.7", "10.0.0.1-x", "10.0.0.1,10.0.0", "10.0.0.256",
                "1.1.1.1-100.100.100.1000"
            }) {
                assertThat(Binder.mptcp_parse_gateway_ipv4(wrong)).as(wrong).isEqualTo(-1);
                assertThat(lists()).as(wrong).isEmpty();
            }
        }

        @Test
        @DisplayName("without memory nothing changes")
        void no_memory() {
            Binder.mptcp_parse_gateway_ipv4("10.0.0.1");
            Gfp.failNth(0);
            assertThat(Binder.mptcp_parse_gateway_ipv4("10.0.0.2")).isEqualTo(-ENOMEM);
            assertThat(lists()).isEqualTo("10.0.0.1");
        }
    }

    @Nested
    class create_subflow_worker {
        @Test
        @DisplayName("a subflow for each list besides the first one, all between the same addresses")
        void subflows() {
            mptcp_set_default_path_manager("binder");
            // The server itself as a router: it takes the packet, which is then at its destination.
            sysctl("10.1.0.7");
            MptcpConnection c = new MptcpConnection(1);
            IpAddr.add(c.serverDevs.get(0), "10.1.0.7/24");
            Neighbours.add(c.clientDevs.get(0), addr("10.1.0.7"), Arrays.copyOf(c.serverDevs.get(0).dev_addr, 6));
            c.connect();
            c.send(10);
            c.run(500);

            assertThat(c.c.mpcb.cnt_subflows).isEqualTo(2);
            tcp_sock second = c.c.mpcb.connection_list;
            assertThat(second.inet_saddr).isEqualTo(MptcpConnection.address(1, 1));
            assertThat(second.skc_daddr).isEqualTo(MptcpConnection.address(1, 2));
            assertThat(second.inet_opt.faddr).isEqualTo(addr("10.1.0.7"));
            MptcpConnection.recv(c.serverFd);
            c.close();
        }
    }

    @Nested
    class binder_new_session {
        @Test
        @DisplayName("the worker is ready")
        void ready() {
            MptcpSockets c = sockets(1);
            Binder.binder_new_session(c.meta);
            assertThat(((binder_priv) c.mpcb.mptcp_pm).mpcb).isSameAs(c.mpcb);
            assertThat(((binder_priv) c.mpcb.mptcp_pm).subflow_work.func).isNotNull();
            c.free();
        }
    }

    @Nested
    class binder_create_subflows {
        @Test
        @DisplayName("only the client of a living connection, and once at a time")
        void who() {
            MptcpSockets c = sockets(1);
            Binder.binder_new_session(c.meta);
            work_struct work = ((binder_priv) c.mpcb.mptcp_pm).subflow_work;
            int[] ran = new int[1];
            work.func = w -> ran[0]++;
            int refs = c.meta.skc_refcnt;

            c.mpcb.server_side = true;
            Binder.binder_create_subflows(c.meta);
            c.mpcb.server_side = false;
            c.mpcb.send_infinite_mapping = true;
            Binder.binder_create_subflows(c.meta);
            c.mpcb.send_infinite_mapping = false;
            assertThat(work_pending(work)).isFalse();

            Binder.binder_create_subflows(c.meta);
            Binder.binder_create_subflows(c.meta);
            assertThat(c.meta.skc_refcnt).isEqualTo(refs + 1);
            msleep(1);
            assertThat(ran[0]).isOne();
            c.meta.skc_refcnt--;
            c.free();
        }
    }

    @Nested
    class binder_get_local_id {
        @Test
        @DisplayName("one address, one id; never a backup")
        void zero() {
            BoolRef low_prio = new BoolRef();
            assertThat(Binder.binder_get_local_id(AF_INET, addr("10.0.0.1"), init_net, low_prio)).isZero();
            assertThat(low_prio.val).isFalse();
        }
    }

    @Nested
    class proc_mptcp_gateways {
        @Test
        @DisplayName("what was written can be read; of several lines the first counts; an error empties it")
        void sysctl_() {
            assertThat(sysctl("10.0.0.1-10.0.0.2\nx")).isZero();
            assertThat(sysctl()).isEqualTo("10.0.0.1-10.0.0.2");
            assertThat(sysctl("10.0.0.1,no")).isEqualTo(-1);
            assertThat(sysctl()).isEmpty();
        }

        @Test
        @DisplayName("without memory: -1, and nothing changes")
        void no_memory() {
            sysctl("10.0.0.1");
            Gfp.failNth(0);
            assertThat(sysctl("10.0.0.2")).isEqualTo(-1);
            assertThat(sysctl()).isEqualTo("10.0.0.1");
        }
    }

    @Nested
    class binder_register {
        @Test
        @DisplayName("it is there after boot; a second time the name is taken; -ENOMEM without memory")
        void registered() {
            assertThat(mptcp_set_default_path_manager("binder")).isZero();
            mptcp_pm_ops first = Binder.binder;
            Binder.binder = new mptcp_pm_ops();
            Binder.binder.name = "binder";
            assertThat(Binder.binder_register()).isEqualTo(-1);
            assertThat(sysctl()).isNull();
            Binder.binder = first;
            Gfp.failNth(0);
            assertThat(Binder.binder_register()).isEqualTo(-ENOMEM);
        }
    }

    @Nested
    class binder_unregister {
        @Test
        @DisplayName("its name and its sysctl are unknown then")
        void unregistered() {
            Binder.binder_unregister();
            assertThat(mptcp_set_default_path_manager("binder")).isNegative();
            assertThat(sysctl()).isNull();
        }
    }
}
