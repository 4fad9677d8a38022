// SPDX-License-Identifier: GPL-2.0-only
package mptcp_fullmesh;

import static linux.list.Lists.list_empty;
import static linux.netdevice.Flags.dev_change_flags;
import static linux.rtnetlink.Rtnl.rtnl_lock;
import static linux.rtnetlink.Rtnl.rtnl_unlock;
import static linux.sched.Sched.msleep;
import static linux.skbuff.Free.kfree_skb;
import static linux.syscalls.SocketCalls.sys_connect;
import static linux.tcp.tcp_sock.MPTCP_PATH_MANAGER;
import static mptcp_fullmesh.AddressWorker.mptcp_address_worker;
import static mptcp_fullmesh.FullMesh.full_mesh;
import static mptcp_fullmesh.RemoteAddresses.fm_get_ns;
import static mptcp_fullmesh.RemoteAddresses.fullmesh_get_priv;
import static mptcp_pm.PathManager.mptcp_set_default_path_manager;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.if_.Iff.IFF_MPBACKUP;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.AF_INET6;

import devinet.IpAddr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import linux.gfp.Gfp;
import linux.netdevice.Veth;
import linux.netdevice.net_device;
import linux.socket.sockaddr_in;
import linux.tcp.tcp_sock;
import linux.workqueue.work_struct;
import net.neighbour.Neighbours;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.MptcpConnection;
import testing.MptcpSockets;

@KernelTest
class AddressWorkerTest {
    private static final int A = 0x0a010001;

    /** A list with these addresses in the places from 1 on; 0: the place is free. */
    static mptcp_loc_addr list(int... addrs) {
        mptcp_loc_addr l = new mptcp_loc_addr();
        for (int i = 0; i < addrs.length; i++) {
            if (addrs[i] != 0) {
                l.locaddr4[i + 1].addr = addrs[i];
                l.locaddr4[i + 1].loc4_id = i + 2;
                l.loc4_bits |= 1 << i + 1;
            }
        }
        return l;
    }

    @Nested
    class announce_remove_addr {
        @Test
        @DisplayName("the id waits for the next segment, which is an ACK at once")
        void waits() {
            MptcpSockets c = new MptcpSockets(1);
            List<Integer> sent = new ArrayList<>();
            c.sub(0).tcp_header_len = 40;
            c.sub(0).icsk_af_ops.queue_xmit = (skb, fl) -> {
                sent.add(skb.len);
                kfree_skb(skb);
                return 0;
            };

            AddressWorker.announce_remove_addr(3, c.meta);

            assertThat(fullmesh_get_priv(c.mpcb).remove_addrs).isEqualTo(1 << 3);
            assertThat(sent).containsExactly(20 + 8);

            AddressWorker.announce_remove_addr(17, c.meta);
            assertThat(fullmesh_get_priv(c.mpcb).remove_addrs).as("16 bits").isEqualTo(1 << 3);

            c.sub(0).skc_state = TCP_CLOSE;
            AddressWorker.announce_remove_addr(4, c.meta);
            assertThat(fullmesh_get_priv(c.mpcb).remove_addrs).isEqualTo(1 << 3 | 1 << 4);
            assertThat(sent).hasSize(2);
            c.free();
        }
    }

    @Nested
    class update_addr_bitfields {
        @Test
        @DisplayName("what is not on the list any more counts as neither announced nor tried")
        void cleared() {
            MptcpSockets c = new MptcpSockets(1);
            fullmesh_priv fmp = fullmesh_get_priv(c.mpcb);
            fmp.announced_addrs_v4 = 0b110;
            fmp.announced_addrs_v6 = 0b110;
            fmp.rem4_bits = fmp.rem6_bits = 1;
            fmp.remaddr4[0].bitfield = fmp.remaddr4[0].retry_bitfield = 0b110;
            fmp.remaddr6[0].bitfield = fmp.remaddr6[0].retry_bitfield = 0b110;
            fmp.remaddr4[1].bitfield = 0b110;

            AddressWorker.update_addr_bitfields(c.meta, list(A));

            assertThat(fmp.announced_addrs_v4).isEqualTo(0b010);
            assertThat(fmp.remaddr4[0].bitfield).isEqualTo(0b010);
            assertThat(fmp.remaddr4[0].retry_bitfield).isEqualTo(0b010);
            assertThat(fmp.announced_addrs_v6).isZero();
            assertThat(fmp.remaddr6[0].bitfield).isZero();
            assertThat(fmp.remaddr6[0].retry_bitfield).isZero();
            assertThat(fmp.remaddr4[1].bitfield).as("a place that nobody has").isEqualTo(0b110);
            c.free();
        }

        @Test
        @DisplayName("every place that is taken, and no other one")
        void places() {
            MptcpSockets c = new MptcpSockets(1);
            fullmesh_priv fmp = fullmesh_get_priv(c.mpcb);
            fmp.rem4_bits = fmp.rem6_bits = 0b10110;
            for (int i = 0; i < 6; i++) {
                fmp.remaddr4[i].bitfield = fmp.remaddr4[i].retry_bitfield = 0b110;
                if (i < fmp.remaddr6.length) {
                    fmp.remaddr6[i].bitfield = fmp.remaddr6[i].retry_bitfield = 0b110;
                }
            }

            AddressWorker.update_addr_bitfields(c.meta, list(A));

            for (int i = 0; i < 6; i++) {
                boolean taken = (0b10110 >> i & 1) != 0;
                assertThat(fmp.remaddr4[i].bitfield).as("place %d", i).isEqualTo(taken ? 0b010 : 0b110);
                assertThat(fmp.remaddr4[i].retry_bitfield).as("place %d", i).isEqualTo(taken ? 0b010 : 0b110);
                if (i < fmp.remaddr6.length) {
                    assertThat(fmp.remaddr6[i].bitfield).as("place %d", i).isEqualTo(taken ? 0 : 0b110);
                }
            }
            c.free();
        }
    }

    @Nested
    class mptcp_find_address {
        @Test
        @DisplayName("the place of an address, -1 if it has none")
        void found() {
            mptcp_loc_addr l = list(A, A + 1);
            assertThat(AddressWorker.mptcp_find_address(l, AF_INET, A + 1)).isEqualTo(2);
            assertThat(AddressWorker.mptcp_find_address(l, AF_INET, A + 2)).isEqualTo(-1);
            l.loc4_bits &= ~4;
            assertThat(AddressWorker.mptcp_find_address(l, AF_INET, A + 1)).isEqualTo(-1);

            l.loc6_bits = 1 << 5;
            System.arraycopy(RemoteAddresses.in6(A), 0, l.locaddr6[5].addr, 0, 16);
            assertThat(AddressWorker.mptcp_find_address(l, AF_INET6, A)).isEqualTo(5);
            assertThat(AddressWorker.mptcp_find_address(l, AF_INET6, A + 1)).isEqualTo(-1);
        }

        @Test
        @DisplayName("the first place is 0")
        void first_place() {
            mptcp_loc_addr l = new mptcp_loc_addr();
            l.locaddr4[0].addr = A;
            l.locaddr4[5].addr = A + 1;
            l.loc4_bits = 1 | 1 << 5;
            assertThat(AddressWorker.mptcp_find_address(l, AF_INET, A)).isZero();
            assertThat(AddressWorker.mptcp_find_address(l, AF_INET, A + 1)).isEqualTo(5);
            assertThat(AddressWorker.mptcp_find_address(l, AF_INET, A + 2)).isEqualTo(-1);
        }
    }

    @Nested
    class mptcp_address_worker {
        private mptcp_fm_ns fm_ns;
        private net_device dev;

        private String table() {
            return init_net.proc_net.read("mptcp_fullmesh");
        }

        @BeforeEach
        void device() {
            fm_ns = fm_get_ns(init_net);
            dev = Veth.createPair(new Veth.End(init_net, "a"), new Veth.End(init_net, "b"));
            IpAddr.linkUp(dev);
            IpAddr.linkUp(Veth.peer(dev));
        }

        @Test
        @DisplayName("puts addresses on the list, going round the eight places; a ninth finds none")
        void list_() {
            for (int i = 0; i < 9; i++) {
                IpAddr.add(dev, "10." + i + ".0.1/24");
            }
            mptcp_loc_addr before = fm_ns.local;
            msleep(510);
            assertThat(table()).contains("1, 2, 0, 10.0.0.1\n", "7, 8, 0, 10.6.0.1\n", "0, 1, 0, 10.7.0.1\n")
                    .doesNotContain("10.8.0.1");
            assertThat(fm_ns.local).as("a copy took its place").isNotSameAs(before);
            assertThat(before.loc4_bits).isZero();

            IpAddr.del(dev, "10.2.0.1/24");
            IpAddr.add(dev, "10.9.0.1/24");
            msleep(510);
            assertThat(table()).doesNotContain("10.2.0.1").contains("3, 4, 0, 10.9.0.1\n");
        }

        @Test
        @DisplayName("what is not known cannot go; without memory nothing changes")
        void nothing() {
            IpAddr.add(dev, "10.0.0.1/24");
            IpAddr.del(dev, "10.0.0.1/24");
            msleep(510);
            assertThat(fm_ns.local.loc4_bits).isZero();

            IpAddr.add(dev, "10.0.0.1/24");
            Gfp.inject((gfp, i) -> true);
            mptcp_address_worker(fm_ns.address_worker);
            Gfp.inject(null);
            assertThat(fm_ns.local.loc4_bits).isZero();
            assertThat(list_empty(fm_ns.events)).isTrue();
        }

        private void mptcp_address_worker(work_struct w) {
            AddressWorker.mptcp_address_worker(w);
        }

        @Nested
        class WithConnections {
            private MptcpConnection c;

            @BeforeEach
            void connected() {
                mptcp_set_default_path_manager("fullmesh");
                c = new MptcpConnection(2);
            }

            /** Connected, all subflows made. */
            private void meshed() {
                c.run(600);
                c.connect();
                c.send(10);
                c.run(500);
                MptcpConnection.recv(c.serverFd);
                assertThat(c.c.mpcb.cnt_established).isEqualTo(4);
                c.wire();
            }

            @AfterEach
            void close() {
                c.close();
            }

            /** A second address of the client on path 1: its subnet stays reachable when it goes. */
            private void second() {
                IpAddr.add(c.clientDevs.get(0), "10.1.0.3/24");
                Neighbours.add(c.serverDevs.get(0), MptcpConnection.address(1, 3),
                        Arrays.copyOf(c.clientDevs.get(0).dev_addr, 6));
            }

            @Test
            @DisplayName("an address that comes later is announced and joined from")
            void later() {
                meshed();

                second();
                c.run(1000);

                assertThat(c.wire()).anyMatch(l -> l.contains("add_addr") && l.contains("10.1.0.3"));
                assertThat(c.c.mpcb.cnt_established).isEqualTo(6);
            }

            @Test
            @DisplayName("an address that goes takes its subflows along, and the peer is told")
            void gone() {
                second();
                c.run(600);
                c.connect();
                c.send(10);
                c.run(500);
                assertThat(c.c.mpcb.cnt_established).isEqualTo(6);
                MptcpConnection.recv(c.serverFd);
                c.wire();

                IpAddr.del(c.clientDevs.get(0), "10.1.0.3/24");
                c.run(1000);

                assertThat(c.wire()).anyMatch(l -> l.contains("rem"));
                assertThat(c.c.mpcb.cnt_subflows).isEqualTo(4);
                assertThat(c.send(500)).isEqualTo(500);
                c.run(500);
                assertThat(MptcpConnection.recv(c.serverFd)).isEqualTo(500);
            }

            @Test
            @DisplayName("a device that becomes a backup: MP_PRIO on its subflows")
            void backup() {
                meshed();
                net_device dev = c.clientDevs.get(1);

                rtnl_lock();
                dev_change_flags(dev, dev.flags | IFF_MPBACKUP);
                rtnl_unlock();
                c.run(1000);

                assertThat(c.wire()).anyMatch(l -> l.contains("mp_prio"));
                for (tcp_sock tp = c.c.mpcb.connection_list; tp != null; tp = tp.mptcp.next) {
                    assertThat(tp.mptcp.low_prio).isEqualTo(tp.inet_saddr == MptcpConnection.address(2, 1));
                }
                for (tcp_sock tp = c.s.mpcb.connection_list; tp != null; tp = tp.mptcp.next) {
                    assertThat(tp.mptcp.rcv_low_prio).isEqualTo(tp.skc_daddr == MptcpConnection.address(2, 1));
                }
            }

            @Test
            @DisplayName("somebody holds the lock: the connection is told when it is released")
            void owned() {
                meshed();
                IpAddr.del(c.clientDevs.get(1), "10.2.0.1/24");

                lock_sock(c.c);
                c.run(1000);
                assertThat(c.c.tsq_flags & 1 << MPTCP_PATH_MANAGER).isNotZero();
                assertThat(c.c.mpcb.cnt_subflows).isEqualTo(4);
                release_sock(c.c);
                c.run(10);

                assertThat(c.c.mpcb.cnt_subflows).isEqualTo(2);
            }

            @Test
            @DisplayName("what was on the way on such a subflow goes another way; the address counts as not announced; nobody is held")
            void gone_cleanly() {
                meshed();
                int refs = c.c.skc_refcnt;
                fullmesh_priv fmp = fullmesh_get_priv(c.c.mpcb);
                assertThat(fmp.announced_addrs_v4).isEqualTo(0b110);
                List<tcp_sock> lost = new ArrayList<>();
                for (tcp_sock tp = c.c.mpcb.connection_list; tp != null; tp = tp.mptcp.next) {
                    if (tp.inet_saddr == MptcpConnection.address(2, 1)) {
                        lost.add(tp);
                    }
                }
                assertThat(lost).hasSize(2);

                IpAddr.del(c.clientDevs.get(1), "10.2.0.1/24");
                c.run(1000);

                assertThat(lost).allMatch(tp -> tp.pf);
                assertThat(fmp.announced_addrs_v4).isEqualTo(0b010);
                assertThat(c.c.skc_refcnt).as("two subflows less").isEqualTo(refs - 2);
            }

            @Test
            @DisplayName("one that nobody had joined from is withdrawn all the same; the server announces an address that comes")
            void announced_only() {
                c.run(600);
                mptcp_set_default_path_manager("default");
                c.listen().socket();
                assertThat(sys_connect(c.clientFd, new sockaddr_in(MptcpConnection.address(1, 2), MptcpConnection.PORT),
                        sockaddr_in.SIZE)).isZero();
                mptcp_set_default_path_manager("fullmesh");
                c.accept();
                assertThat(c.s.mpcb.pm_ops).isSameAs(full_mesh);
                assertThat(c.c.mpcb.pm_ops).isNotSameAs(full_mesh);
                c.send(10);
                c.run(100);
                MptcpConnection.recv(c.serverFd);
                assertThat(c.wire()).anyMatch(l -> l.contains("s>c") && l.contains("add_addr id 3 10.2.0.2"));
                int refs = c.s.skc_refcnt;

                IpAddr.add(c.serverDevs.get(0), "10.1.0.9/24");
                c.run(1000);
                assertThat(c.wire()).filteredOn(l -> l.contains("s>c") && l.contains("add_addr id 4 10.1.0.9")).hasSize(1);

                IpAddr.del(c.serverDevs.get(1), "10.2.0.2/24");
                c.run(1000);
                // The place, where the option had place plus one: see @KernelBug.
                assertThat(c.wire()).anyMatch(l -> l.contains("s>c") && l.contains("remove_addr 2"));
                assertThat(c.s.skc_refcnt).isEqualTo(refs);
                assertThat(c.s.mpcb.cnt_subflows).isOne();
            }
        }
    }
}
