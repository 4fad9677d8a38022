// SPDX-License-Identifier: GPL-2.0-only
package mptcp_fullmesh;

import static linux.errno.Errno.ENOBUFS;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.list.Lists.list_empty;
import static linux.netdevice.Flags.dev_change_flags;
import static linux.rtnetlink.Rtnl.rtnl_lock;
import static linux.rtnetlink.Rtnl.rtnl_unlock;
import static linux.sched.Sched.msleep;
import static linux.skbuff.Free.kfree_skb;
import static linux.tcp.Sockets.tcp_sk;
import static linux.workqueue.Workqueue.INIT_WORK;
import static linux.workqueue.Workqueue.delayed_work_pending;
import static linux.workqueue.Workqueue.work_pending;
import static mptcp_fullmesh.RemoteAddresses.fm_get_ns;
import static mptcp_fullmesh.RemoteAddresses.fullmesh_get_priv;
import static mptcp_pm.PathManager.mptcp_set_default_path_manager;
import static net.mptcp.Globals.mptcp_pm_default;
import static net.mptcp.MptcpConst.OPTION_ADD_ADDR;
import static net.mptcp.MptcpConst.OPTION_REMOVE_ADDR;
import static net.net_namespace.NetNs.init_net;
import static net.netns.mptcp.netns_mptcp.MPTCP_PM_FULLMESH;
import static net.sock.Flags.sock_reset_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.if_.Iff.IFF_MPBACKUP;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.AF_INET6;

import devinet.IpAddr;
import java.util.ArrayList;
import java.util.List;
import linux.compiler.BoolRef;
import linux.compiler.IntRef;
import linux.gfp.Gfp;
import linux.netdevice.Veth;
import linux.netdevice.net_device;
import linux.seq_file.seq_file;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_out_options;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_pm_ops;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.MptcpConnection;
import testing.MptcpSockets;

@KernelTest
class FullMeshTest {
    private static final int A = 0x0a010001;

    private static sk_buff skb() {
        return MptcpSockets.packet(1, 0);
    }

    @Nested
    class full_mesh_add_raddr {
        @Test
        @DisplayName("the family decides")
        void family() {
            mptcp_cb mpcb = new mptcp_cb();
            FullMesh.full_mesh_add_raddr(mpcb, A, AF_INET, 80, 3);
            FullMesh.full_mesh_add_raddr(mpcb, A, AF_INET6, 80, 3);
            assertThat(fullmesh_get_priv(mpcb).remaddr4[0].addr).isEqualTo(A);
            assertThat(fullmesh_get_priv(mpcb).remaddr6[0].addr).startsWith(10, 1, 0, 1, 0);
        }
    }

    @Nested
    class full_mesh_rem_raddr {
        @Test
        @DisplayName("an id means addresses of both families")
        void both() {
            mptcp_cb mpcb = new mptcp_cb();
            FullMesh.full_mesh_add_raddr(mpcb, A, AF_INET, 0, 3);
            FullMesh.full_mesh_add_raddr(mpcb, A, AF_INET6, 0, 3);
            FullMesh.full_mesh_rem_raddr(mpcb, 3);
            assertThat(fullmesh_get_priv(mpcb).rem4_bits).isZero();
            assertThat(fullmesh_get_priv(mpcb).rem6_bits).isZero();
        }
    }

    @Nested
    class full_mesh_new_session {
        private MptcpConnection c;

        @BeforeEach
        void paths() {
            mptcp_set_default_path_manager("fullmesh");
            c = new MptcpConnection(2);
        }

        @AfterEach
        void close() {
            c.close();
        }

        @Test
        @DisplayName("each side announces its other address with an ACK of its own")
        void announced() {
            c.run(600);
            c.connect();

            assertThat(c.wire()).filteredOn(l -> l.contains("add_addr")).hasSize(2)
                    .anyMatch(l -> l.contains("c>s") && l.contains("10.2.0.1"))
                    .anyMatch(l -> l.contains("s>c") && l.contains("10.2.0.2"));
            fullmesh_priv fmp = fullmesh_get_priv(c.c.mpcb);
            assertThat(fmp.announced_addrs_v4).isEqualTo(0b110);
            assertThat(fmp.add_addr).isZero();
            assertThat(fmp.remaddr4[0].rem4_id).isZero();
            assertThat(fmp.remaddr4[0].addr).isEqualTo(MptcpConnection.address(1, 2));
            assertThat(fmp.remaddr4[0].bitfield).isEqualTo(0b010);
        }

        @Test
        @DisplayName("an address that is too new to be known: the default path manager takes over")
        void too_new() {
            c.connect();
            assertThat(c.c.mpcb.pm_ops).isSameAs(mptcp_pm_default);
        }

        @Test
        @DisplayName("on a backup path the peer is told so at once")
        void backup() {
            rtnl_lock();
            dev_change_flags(c.clientDevs.get(0), c.clientDevs.get(0).flags | IFF_MPBACKUP);
            rtnl_unlock();
            c.run(600);
            c.connect();

            assertThat(c.wire()).anyMatch(l -> l.contains("c>s") && l.contains("mp_prio"));
            assertThat(tcp_sk(c.s.mpcb.master_sk).mptcp.rcv_low_prio).isTrue();
        }

        @Test
        @DisplayName("of three paths each side announces its two other addresses, each with an ACK")
        void two_others() {
            c.close();
            c = new MptcpConnection(3);
            c.run(600);
            c.connect();

            assertThat(c.wire()).filteredOn(l -> l.contains("c>s") && l.contains("add_addr")).hasSize(2)
                    .anyMatch(l -> l.contains("10.2.0.1"))
                    .anyMatch(l -> l.contains("10.3.0.1"));
            fullmesh_priv fmp = fullmesh_get_priv(c.c.mpcb);
            assertThat(fmp.announced_addrs_v4).isEqualTo(0b1110);
            assertThat(fmp.add_addr).isZero();
        }
    }

    @Nested
    class full_mesh_create_subflows {
        @Test
        @DisplayName("only the client of a living connection, whose first subflow is known to work, and once at a time")
        void who() {
            MptcpSockets c = new MptcpSockets(1);
            fullmesh_priv fmp = fullmesh_get_priv(c.mpcb);
            int[] ran = new int[1];
            INIT_WORK(fmp.subflow_work, w -> ran[0]++, fmp);
            int refs = c.meta.skc_refcnt;

            c.mpcb.server_side = true;
            FullMesh.full_mesh_create_subflows(c.meta);
            c.mpcb.server_side = false;
            c.mpcb.infinite_mapping_rcv = true;
            FullMesh.full_mesh_create_subflows(c.meta);
            c.mpcb.infinite_mapping_rcv = false;
            c.sub(0).mptcp.fully_established = false;
            FullMesh.full_mesh_create_subflows(c.meta);
            c.sub(0).mptcp.fully_established = true;
            sock_set_flag(c.meta, SOCK_DEAD);
            FullMesh.full_mesh_create_subflows(c.meta);
            sock_reset_flag(c.meta, SOCK_DEAD);
            assertThat(work_pending(fmp.subflow_work)).isFalse();

            FullMesh.full_mesh_create_subflows(c.meta);
            FullMesh.full_mesh_create_subflows(c.meta);
            assertThat(c.meta.skc_refcnt).isEqualTo(refs + 1);
            msleep(1);
            assertThat(ran[0]).isOne();
            c.meta.skc_refcnt--;
            c.free();
        }
    }

    @Nested
    class full_mesh_release_sock {
        @Test
        @DisplayName("new addresses are announced, backups told, subflows of lost ones closed")
        void compared() {
            mptcp_set_default_path_manager("fullmesh");
            MptcpConnection c = new MptcpConnection(2);
            c.run(600);
            c.connect();
            c.send(10);
            c.run(500);
            MptcpConnection.recv(c.serverFd);
            c.wire();
            mptcp_fm_ns fm_ns = fm_get_ns(c.client);
            mptcp_loc_addr real = fm_ns.local;
            mptcp_loc_addr l = mptcp_loc_addr.kmemdup(real, GFP_KERNEL);
            l.loc4_bits = 0b1010;
            l.locaddr4[1].low_prio = true;
            l.locaddr4[3].addr = MptcpConnection.address(1, 9);
            l.locaddr4[3].loc4_id = 4;
            fm_ns.local = l;

            MptcpConnection.locked(c.c, () -> FullMesh.full_mesh_release_sock(c.c));
            fm_ns.local = real;
            c.run(300);

            assertThat(c.wire()).anyMatch(s -> s.contains("mp_prio"))
                    .anyMatch(s -> s.contains("add_addr") && s.contains("10.1.0.9"));
            assertThat(c.c.mpcb.cnt_subflows).as("without those from 10.2.0.1, with new ones").isLessThan(5);
            for (tcp_sock tp = c.c.mpcb.connection_list; tp != null; tp = tp.mptcp.next) {
                assertThat(tp.mptcp.low_prio || tp.inet_saddr != MptcpConnection.address(1, 1)).isTrue();
            }
            c.close();
        }

        private MptcpSockets b;
        private final List<Integer> acks = new ArrayList<>();

        /** Subflows from these addresses, which write down their ACKs; the client's list. */
        private fullmesh_priv bare(mptcp_loc_addr list, int... addrs) {
            b = new MptcpSockets(addrs.length);
            for (int i = 0; i < addrs.length; i++) {
                int index = i;
                b.sub(i).inet_saddr = addrs[i];
                b.sub(i).tcp_header_len = 40;
                b.sub(i).icsk_af_ops.queue_xmit = (skb, fl) -> {
                    acks.add(index);
                    kfree_skb(skb);
                    return 0;
                };
            }
            fm_get_ns(init_net).local = list;
            b.meta.skc_net = init_net;
            fullmesh_priv fmp = fullmesh_get_priv(b.mpcb);
            INIT_WORK(fmp.subflow_work, w -> {}, fmp);
            return fmp;
        }

        @Test
        @DisplayName("an address without a subflow is announced, with an ACK, and the worker is set to work")
        void announced() {
            fullmesh_priv fmp = bare(AddressWorkerTest.list(0x0a010001, 0x0a020001, 0, 0x0a030001), 0x0a010001);
            fmp.announced_addrs_v4 = 0b11111;
            int refs = b.meta.skc_refcnt;

            FullMesh.full_mesh_release_sock(b.meta);

            assertThat(fmp.add_addr).isEqualTo(2);
            assertThat(acks).containsExactly(0, 0);
            assertThat(b.meta.skc_refcnt).as("the work holds it").isEqualTo(refs + 1);
            assertThat(fmp.announced_addrs_v4).as("none of those that are gone").isEqualTo(0b10110);
            msleep(1);
            b.meta.skc_refcnt--;
            b.free();
        }

        @Test
        @DisplayName("nothing has changed: nothing happens")
        void nothing() {
            fullmesh_priv fmp = bare(AddressWorkerTest.list(0x0a010001, 0x0a020001), 0x0a020001, 0x0a010001, 0x0a010001);

            FullMesh.full_mesh_release_sock(b.meta);

            assertThat(fmp.add_addr).isZero();
            assertThat(acks).isEmpty();
            assertThat(work_pending(fmp.subflow_work)).isFalse();
            b.free();
        }

        @Test
        @DisplayName("an address that is a backup now, or not any more: each subflow from it says so")
        void prio() {
            mptcp_loc_addr l = AddressWorkerTest.list(0x0a010001, 0x0a020001);
            l.locaddr4[2].low_prio = true;
            bare(l, 0x0a020001, 0x0a010001, 0x0a020001);
            b.sub(1).mptcp.low_prio = true;
            b.sub(2).mptcp.low_prio = true;

            FullMesh.full_mesh_release_sock(b.meta);

            assertThat(b.sub(0).mptcp.low_prio).isTrue();
            assertThat(b.sub(1).mptcp.low_prio).isFalse();
            assertThat(acks).containsExactlyInAnyOrder(0, 1);
            b.free();
        }

        @Test
        @DisplayName("an address that is gone: what was on the way goes another way, the peer is told, the subflow ends")
        void lost() {
            mptcp_set_default_path_manager("fullmesh");
            MptcpConnection c = new MptcpConnection(2);
            c.run(600);
            c.connect();
            c.send(10);
            c.run(500);
            MptcpConnection.recv(c.serverFd);
            c.wire();
            mptcp_fm_ns fm_ns = fm_get_ns(c.client);
            mptcp_loc_addr real = fm_ns.local;
            mptcp_loc_addr l = mptcp_loc_addr.kmemdup(real, GFP_KERNEL);
            l.loc4_bits &= ~0b100;
            fm_ns.local = l;
            tcp_sock lost = MptcpConnection.subflow(c.c, 2);

            MptcpConnection.locked(c.c, () -> {
                FullMesh.full_mesh_release_sock(c.c);
                assertThat(lost.skc_state).isEqualTo(TCP_CLOSE);
            });
            c.run(300);

            assertThat(lost.pf).isTrue();
            assertThat(c.wire()).anyMatch(s -> s.contains("remove_addr"));
            assertThat(MptcpConnection.subflow(c.c, 2)).isNull();
            assertThat(fullmesh_get_priv(c.c.mpcb).announced_addrs_v4).isEqualTo(0b010);
            fm_ns.local = real;
            c.close();
        }
    }

    @Nested
    class full_mesh_get_local_id {
        @Test
        @DisplayName("place plus one; -1 for what is not on the list")
        void id() {
            mptcp_fm_ns fm_ns = fm_get_ns(init_net);
            fm_ns.local = AddressWorkerTest.list(A, A + 1);
            fm_ns.local.locaddr4[2].low_prio = true;
            BoolRef low_prio = new BoolRef();

            assertThat(FullMesh.full_mesh_get_local_id(AF_INET, A, init_net, low_prio)).isEqualTo(2);
            assertThat(low_prio.val).isFalse();
            assertThat(FullMesh.full_mesh_get_local_id(AF_INET, A + 1, init_net, low_prio)).isEqualTo(3);
            assertThat(low_prio.val).isTrue();
            assertThat(FullMesh.full_mesh_get_local_id(AF_INET, A + 2, init_net, low_prio)).isEqualTo(-1);
        }
    }

    @Nested
    class full_mesh_addr_signal {
        private MptcpSockets c;
        private fullmesh_priv fmp;
        private final tcp_out_options opts = new tcp_out_options();
        private final IntRef size = new IntRef();

        @BeforeEach
        void two_addresses() {
            c = new MptcpSockets(1);
            fmp = fullmesh_get_priv(c.mpcb);
            fm_get_ns(init_net).local = AddressWorkerTest.list(A, A + 1, A + 2);
            fmp.announced_addrs_v4 = 0b0010;
            fmp.add_addr = 2;
        }

        @AfterEach
        void free() {
            c.free();
        }

        private void signal(sk_buff skb, int taken) {
            opts.clear();
            size.val = taken;
            FullMesh.full_mesh_addr_signal(c.sub(0), size, opts, skb);
            if (skb != null) {
                MptcpSockets.free(skb);
            }
        }

        @Test
        @DisplayName("one address at a time, never again; then the count runs out")
        void each_once() {
            signal(skb(), 20);
            assertThat(opts.mptcp_options).isEqualTo(OPTION_ADD_ADDR);
            assertThat(opts.add_addr4.addr).isEqualTo(A + 1);
            assertThat(opts.add_addr4.addr_id).isEqualTo(3);
            assertThat(size.val).isEqualTo(28);

            signal(skb(), 20);
            assertThat(opts.add_addr4.addr).isEqualTo(A + 2);
            assertThat(fmp.add_addr).isZero();
            assertThat(fmp.announced_addrs_v4).isEqualTo(0b1110);

            signal(skb(), 20);
            assertThat(opts.mptcp_options).isZero();
        }

        @Test
        @DisplayName("asked for the size only, nothing counts as announced; without room neither")
        void size_only() {
            signal(null, 20);
            assertThat(size.val).isEqualTo(28);
            assertThat(fmp.add_addr).isEqualTo(2);

            signal(skb(), 33);
            assertThat(opts.mptcp_options).isZero();
            assertThat(fmp.add_addr).isEqualTo(2);

            // Sizes are unsigned: what is above 40 leaves plenty of room.
            signal(skb(), 44);
            assertThat(opts.mptcp_options).isEqualTo(OPTION_ADD_ADDR);
        }

        @Test
        @DisplayName("a count without an address left is taken back")
        void nothing_left() {
            fmp.announced_addrs_v4 = 0b1110;
            signal(null, 20);
            assertThat(fmp.add_addr).isEqualTo(2);
            signal(skb(), 20);
            assertThat(fmp.add_addr).isOne();
        }

        @Test
        @DisplayName("an IPv6 address beside an IPv4 one, if both fit")
        void v6() {
            fm_get_ns(init_net).local.loc6_bits = 1 << 2;
            fm_get_ns(init_net).local.locaddr6[2].loc6_id = 10;
            fm_get_ns(init_net).local.locaddr6[2].addr[15] = 1;
            signal(skb(), 12);
            assertThat(opts.add_addr_v4 && opts.add_addr_v6).isTrue();
            assertThat(opts.add_addr6.addr_id).isEqualTo(10);
            assertThat(size.val).isEqualTo(12 + 8 + 20);
            assertThat(fmp.announced_addrs_v6).isEqualTo(1 << 2);
            assertThat(fmp.add_addr).isZero();
        }

        @Test
        @DisplayName("withdrawn ids go all at once, if they fit")
        void remove() {
            fmp.add_addr = 0;
            fmp.remove_addrs = 0b1011;

            signal(skb(), 36);
            assertThat(opts.mptcp_options).isZero();
            signal(null, 20);
            assertThat(opts.mptcp_options).isEqualTo(OPTION_REMOVE_ADDR);
            assertThat(opts.remove_addrs).isEqualTo(0b1011);
            assertThat(size.val).isEqualTo(28);
            assertThat(fmp.remove_addrs).isEqualTo(0b1011);
            signal(skb(), 20);
            assertThat(fmp.remove_addrs).isZero();
        }

        @Test
        @DisplayName("of an IPv6 address all 16 bytes and its id are announced")
        void ipv6() {
            fmp.announced_addrs_v4 = 0b1110;
            fmp.announced_addrs_v6 = 0;
            mptcp_loc_addr local = fm_get_ns(init_net).local;
            local.loc6_bits = 1;
            local.locaddr6[0].loc6_id = 9;
            for (int i = 0; i < 16; i++) {
                local.locaddr6[0].addr[i] = (byte) (i + 1);
            }

            signal(skb(), 0);

            assertThat(opts.add_addr_v6).isTrue();
            assertThat(opts.add_addr6.addr_id).isEqualTo(9);
            assertThat(opts.add_addr6.addr).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
        }
    }

    @Nested
    class mptcp_fm_seq_show {
        @Test
        @DisplayName("the list as /proc/net/mptcp_fullmesh shows it")
        void shown() {
            mptcp_fm_ns fm_ns = fm_get_ns(init_net);
            fm_ns.local = AddressWorkerTest.list(A, 0, A + 1);
            fm_ns.local.next_v4_index = 4;
            fm_ns.local.locaddr4[3].low_prio = true;
            fm_ns.local.loc6_bits = 1;
            fm_ns.local.locaddr6[0].loc6_id = 8;
            fm_ns.local.locaddr6[0].addr[0] = 0x20;
            fm_ns.local.locaddr6[0].addr[15] = 0x1f;
            seq_file seq = new seq_file();
            seq.private_ = init_net;

            assertThat(FullMesh.mptcp_fm_seq_show(seq, null)).isZero();
            assertThat(seq.text()).isEqualTo("Index, Address-ID, Backup, IP-address\n"
                    + "IPv4, next v4-index: 4\n"
                    + "1, 2, 0, 10.1.0.1\n"
                    + "3, 4, 1, 10.1.0.2\n"
                    + "IPv6, next v6-index: 0\n"
                    + "0, 8, 0, 2000:0000:0000:0000:0000:0000:0000:001f\n");
        }
    }

    @Nested
    class mptcp_fm_seq_open {
        @Test
        @DisplayName("a file of its own for each namespace")
        void own() {
            seq_file seq = new seq_file();
            assertThat(FullMesh.mptcp_fm_seq_open(init_net, seq)).isZero();
            assertThat(seq.private_).isSameAs(init_net);
            assertThat(seq.text()).isEqualTo(init_net.proc_net.read("mptcp_fullmesh"))
                    .startsWith("Index, Address-ID, Backup, IP-address\nIPv4, next v4-index: 1\n");
        }
    }

    @Nested
    class mptcp_fm_init_net {
        @Test
        @DisplayName("without memory: -ENOBUFS")
        void no_memory() {
            net n = new net("n");
            Gfp.failNth(0);
            assertThat(FullMesh.mptcp_fm_init_net(n)).isEqualTo(-ENOBUFS);
            Gfp.failNth(1);
            assertThat(FullMesh.mptcp_fm_init_net(n)).isEqualTo(-ENOBUFS);
            assertThat(n.mptcp.path_managers[MPTCP_PM_FULLMESH]).isNull();

            assertThat(FullMesh.mptcp_fm_init_net(n)).isZero();
            assertThat(fm_get_ns(n).net).isSameAs(n);
            assertThat(n.proc_net.read("mptcp_fullmesh")).isNotNull();
        }

        @Test
        @DisplayName("the list is empty and the file says so; the worker is that of this namespace")
        void fresh() {
            net n = new net("n");
            assertThat(FullMesh.mptcp_fm_init_net(n)).isZero();

            assertThat(n.proc_net.read("mptcp_fullmesh")).contains("Index, Address-ID, Backup, IP-address");
            assertThat(fm_get_ns(n).address_worker.owner).isSameAs(fm_get_ns(n));
            assertThat(fm_get_ns(n).address_worker.func).isNotNull();
            assertThat(fm_get_ns(n).local.next_v4_index).isOne();
        }
    }

    @Nested
    class mptcp_fm_exit_net {
        @Test
        @DisplayName("events, work and file go")
        void gone() {
            net n = NetNs.create("n");
            mptcp_addr_event e = new mptcp_addr_event();
            e.family = AF_INET;
            e.code = mptcp_addr_event.MPTCP_EVENT_ADD;
            e.addr = A;
            Events.add_pm_event(n, e);

            FullMesh.mptcp_fm_exit_net(n);

            assertThat(list_empty(fm_get_ns(n).events)).isTrue();
            assertThat(delayed_work_pending(fm_get_ns(n).address_worker)).isFalse();
            assertThat(n.proc_net.read("mptcp_fullmesh")).isNull();
        }
    }

    @Nested
    class full_mesh_register {
        @Test
        @DisplayName("it is there after boot; a second time the name is taken, and nothing stays registered")
        void twice() {
            assertThat(mptcp_set_default_path_manager("fullmesh")).isZero();
            mptcp_pm_ops first = FullMesh.full_mesh;
            FullMesh.full_mesh = new mptcp_pm_ops();
            FullMesh.full_mesh.name = "fullmesh";
            assertThat(FullMesh.full_mesh_register()).isNegative();
            FullMesh.full_mesh = first;
        }
    }

    @Nested
    class full_mesh_unregister {
        @Test
        @DisplayName("its name is unknown then, and it hears of nothing")
        void unregistered() {
            FullMesh.full_mesh_unregister();

            assertThat(mptcp_set_default_path_manager("fullmesh")).isNegative();
            assertThat(init_net.proc_net.read("mptcp_fullmesh")).isNull();
            net_device dev = Veth.createPair(new Veth.End(init_net, "a"), new Veth.End(init_net, "b"));
            IpAddr.linkUp(dev);
            IpAddr.add(dev, "10.0.0.1/24");
            assertThat(list_empty(fm_get_ns(init_net).events)).isTrue();
        }
    }
}
