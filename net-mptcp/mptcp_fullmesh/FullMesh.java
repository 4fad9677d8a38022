// SPDX-License-Identifier: GPL-2.0-only
package mptcp_fullmesh;

import static devinet.InDevices.register_inetaddr_notifier;
import static devinet.InDevices.unregister_inetaddr_notifier;
import static linux.errno.Errno.ENOBUFS;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.kernel.Kernel.ffs;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.ltU32;
import static linux.list.Lists.INIT_LIST_HEAD;
import static linux.list.Lists.list_del;
import static linux.netdevice.Notifiers.register_netdevice_notifier;
import static linux.netdevice.Notifiers.unregister_netdevice_notifier;
import static linux.printk.Printk.pI4;
import static linux.seq_file.seq_file.seq_printf;
import static linux.tcp.Sockets.tcp_sk;
import static linux.workqueue.Workqueue.INIT_DELAYED_WORK;
import static linux.workqueue.Workqueue.INIT_WORK;
import static linux.workqueue.Workqueue.cancel_delayed_work_sync;
import static linux.workqueue.Workqueue.queue_work;
import static linux.workqueue.Workqueue.work_pending;
import static mptcp_ctrl.Close.mptcp_sub_force_close;
import static mptcp_ctrl.MetaSock.mptcp_select_ack_sock;
import static mptcp_fullmesh.AddressWorker.announce_remove_addr;
import static mptcp_fullmesh.AddressWorker.mptcp_find_address;
import static mptcp_fullmesh.AddressWorker.update_addr_bitfields;
import static mptcp_fullmesh.RemoteAddresses.fm_get_ns;
import static mptcp_fullmesh.RemoteAddresses.fullmesh_get_priv;
import static mptcp_fullmesh.RemoteAddresses.in6;
import static mptcp_fullmesh.RemoteAddresses.mptcp_addv4_raddr;
import static mptcp_fullmesh.RemoteAddresses.mptcp_addv6_raddr;
import static mptcp_fullmesh.RemoteAddresses.mptcp_set_init_addr_bit;
import static mptcp_fullmesh.RemoteAddresses.mptcp_v4_rem_raddress;
import static mptcp_fullmesh.RemoteAddresses.mptcp_v6_rem_raddress;
import static mptcp_fullmesh.RemoteAddresses.pI6;
import static mptcp_output.Reinject.mptcp_reinject_data;
import static mptcp_output.Reinject.mptcp_sub_len_remove_addr_align;
import static mptcp_pm.PathManager.mptcp_fallback_default;
import static mptcp_pm.PathManager.mptcp_register_path_manager;
import static mptcp_pm.PathManager.mptcp_unregister_path_manager;
import static net.inet_sock.Sockets.inet_sk;
import static net.mptcp.Globals.mptcp_wq;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_ADD_ADDR4_ALIGN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_ADD_ADDR6_ALIGN;
import static net.mptcp.MptcpConst.OPTION_ADD_ADDR;
import static net.mptcp.MptcpConst.OPTION_MPTCP;
import static net.mptcp.MptcpConst.OPTION_REMOVE_ADDR;
import static net.mptcp.Paths.mptcp_find_free_index;
import static net.mptcp.Subflows.mptcp_v6_is_v4_mapped;
import static net.net_namespace.NetNs.register_pernet_subsys;
import static net.net_namespace.NetNs.unregister_pernet_subsys;
import static net.netns.mptcp.netns_mptcp.MPTCP_PM_FULLMESH;
import static net.sock.Fields.sock_net;
import static net.sock.Flags.sock_flag;
import static net.sock.Nodes.sock_hold;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.tcp.TcpConst.MAX_TCP_OPTION_SPACE;
import static tcp_output.AckAndProbe.tcp_send_ack;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.AF_INET6;

import linux.compiler.BoolRef;
import linux.compiler.IntRef;
import linux.gfp.Gfp;
import linux.list.list_head;
import linux.seq_file.seq_file;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_out_options;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_loc4;
import net.mptcp.mptcp_loc6;
import net.mptcp.mptcp_pm_ops;
import net.net_namespace.net;
import net.net_namespace.pernet_operations;
import net.sock.sock;

/**
 * The path manager {@code fullmesh}: a subflow from each of our addresses to each of the peer's, made by the client.
 * Both sides announce their addresses (RFC 6824, section 3.4.1).
 *
 * <p>Its members are called by {@code mptcp_ctrl} (a connection begins, a lock is released), {@code mptcp_input} (the
 * peer has spoken, ADD_ADDR, REMOVE_ADDR), {@code mptcp_output} (what options shall go along?) and {@code mptcp_ipv4}
 * (the id of an address in an MP_JOIN).
 */
final class FullMesh {
    private FullMesh() {}

    static mptcp_pm_ops full_mesh;
    static pernet_operations full_mesh_net_ops;

    /** {@code add_raddr}: the peer announced an address. */
    static void full_mesh_add_raddr(mptcp_cb mpcb, int addr, int family, int port, int id) {
        if (family == AF_INET) {
            mptcp_addv4_raddr(mpcb, addr, port, id);
        } else {
            mptcp_addv6_raddr(mpcb, in6(addr), port, id);
        }
    }

    /**
     * {@code new_session}: a connection begins. The peer's address gets id 0, all of ours but the one in use are
     * announced at once, each with an ACK. If ours is not on the list (it is too new, or not to be used) the default
     * path manager takes over.
     */
    static void full_mesh_new_session(sock meta_sk) {
        mptcp_loc_addr mptcp_local;
        mptcp_cb mpcb = tcp_sk(meta_sk).mpcb;
        fullmesh_priv fmp = fullmesh_get_priv(mpcb);
        mptcp_fm_ns fm_ns = fm_get_ns(sock_net(meta_sk));
        tcp_sock master_tp = tcp_sk(mpcb.master_sk);
        int i;
        int index;
        int saddr = 0;
        int daddr = 0;
        int family = 0;

        if (meta_sk.skc_family == AF_INET || mptcp_v6_is_v4_mapped(meta_sk)) {
            saddr = inet_sk(meta_sk).inet_saddr;
            daddr = inet_sk(meta_sk).skc_daddr;
            family = AF_INET;
        }

        mptcp_local = fm_ns.local;

        index = mptcp_find_address(mptcp_local, family, saddr);
        if (index < 0) {
            mptcp_fallback_default(mpcb);
            return;
        }

        if (family == AF_INET) {
            master_tp.mptcp.low_prio = mptcp_local.locaddr4[index].low_prio;
        } else {
            master_tp.mptcp.low_prio = mptcp_local.locaddr6[index].low_prio;
        }
        master_tp.mptcp.send_mp_prio = master_tp.mptcp.low_prio;

        full_mesh_add_raddr(mpcb, daddr, family, 0, 0);
        mptcp_set_init_addr_bit(mpcb, daddr, family, index);

        INIT_WORK(fmp.subflow_work, SubflowWorker::create_subflow_worker, fmp);
        INIT_DELAYED_WORK(fmp.subflow_retry_work, SubflowWorker::retry_subflow_worker, fmp);
        fmp.mpcb = mpcb;

        for (i = ffs(mptcp_local.loc4_bits) - 1; i >= 0; i = ffs(mptcp_local.loc4_bits >> i + 1 << i + 1) - 1) {
            int ifa_address = mptcp_local.locaddr4[i].addr;

            if (family == AF_INET && saddr == ifa_address) {
                continue;
            }

            fmp.add_addr = fmp.add_addr + 1 & 0xff;
        }

        if (family == AF_INET) {
            fmp.announced_addrs_v4 |= 1 << index;
        } else {
            fmp.announced_addrs_v6 |= 1 << index;
        }

        for (i = fmp.add_addr; i != 0 && fmp.add_addr != 0; i--) {
            tcp_send_ack(mpcb.master_sk);
        }

        if (master_tp.mptcp.send_mp_prio) {
            tcp_send_ack(mpcb.master_sk);
        }
    }

    /** {@code fully_established}, {@code new_remote_address}: the client sets the worker to work. */
    static void full_mesh_create_subflows(sock meta_sk) {
        mptcp_cb mpcb = tcp_sk(meta_sk).mpcb;
        fullmesh_priv fmp = fullmesh_get_priv(mpcb);

        if (mpcb.infinite_mapping_snd || mpcb.infinite_mapping_rcv
                || mpcb.send_infinite_mapping
                || mpcb.server_side || sock_flag(meta_sk, SOCK_DEAD)) {
            return;
        }

        if (mpcb.master_sk != null && !tcp_sk(mpcb.master_sk).mptcp.fully_established) {
            return;
        }

        if (!work_pending(fmp.subflow_work)) {
            sock_hold(meta_sk);
            queue_work(mptcp_wq, fmp.subflow_work);
        }
    }

    /**
     * {@code release_sock}: addresses changed while somebody held the lock. What it was is not known any more, so the
     * list is compared with the subflows.
     */
    static void full_mesh_release_sock(sock meta_sk) {
        mptcp_loc_addr mptcp_local;
        mptcp_cb mpcb = tcp_sk(meta_sk).mpcb;
        fullmesh_priv fmp = fullmesh_get_priv(mpcb);
        mptcp_fm_ns fm_ns = fm_get_ns(sock_net(meta_sk));
        tcp_sock sk;
        tcp_sock tmpsk;
        int i;

        mptcp_local = fm_ns.local;

        for (i = ffs(mptcp_local.loc4_bits) - 1; i >= 0; i = ffs(mptcp_local.loc4_bits >> i + 1 << i + 1) - 1) {
            int ifa = mptcp_local.locaddr4[i].addr;
            boolean found = false;

            for (sk = mpcb.connection_list; sk != null; sk = sk.mptcp.next) {
                tcp_sock tp = tcp_sk(sk);

                if (sk.skc_family == AF_INET6 && !mptcp_v6_is_v4_mapped(sk)) {
                    continue;
                }

                if (inet_sk(sk).inet_saddr != ifa) {
                    continue;
                }

                found = true;

                if (mptcp_local.locaddr4[i].low_prio != tp.mptcp.low_prio) {
                    tp.mptcp.send_mp_prio = true;
                    tp.mptcp.low_prio = mptcp_local.locaddr4[i].low_prio;

                    tcp_send_ack(sk);
                }
            }

            if (!found) {
                fmp.add_addr = fmp.add_addr + 1 & 0xff;

                sock ack_sk = mptcp_select_ack_sock(meta_sk);
                if (ack_sk != null) {
                    tcp_send_ack(ack_sk);
                }
                full_mesh_create_subflows(meta_sk);
            }
        }

        for (sk = mpcb.connection_list; sk != null; sk = tmpsk) {
            tmpsk = sk.mptcp.next;
            boolean shall_remove = true;

            if (sk.skc_family == AF_INET || mptcp_v6_is_v4_mapped(sk)) {
                for (i = ffs(mptcp_local.loc4_bits) - 1; i >= 0;
                        i = ffs(mptcp_local.loc4_bits >> i + 1 << i + 1) - 1) {
                    if (inet_sk(sk).inet_saddr == mptcp_local.locaddr4[i].addr) {
                        shall_remove = false;
                        break;
                    }
                }
            }

            if (shall_remove) {
                // Marks it as failed, so that it will not be asked to send the REMOVE_ADDR.
                mptcp_reinject_data(sk, 0);

                announce_remove_addr(tcp_sk(sk).mptcp.loc_id, meta_sk);

                mptcp_sub_force_close(sk);
            }
        }

        update_addr_bitfields(meta_sk, mptcp_local);
    }

    /** {@code get_local_id}: the id of one of our addresses, and is it a backup? @return -1: not on the list */
    static int full_mesh_get_local_id(int family, int addr, net net, BoolRef low_prio) {
        mptcp_loc_addr mptcp_local;
        mptcp_fm_ns fm_ns = fm_get_ns(net);
        int index;
        int id = -1;

        mptcp_local = fm_ns.local;

        index = mptcp_find_address(mptcp_local, family, addr);

        if (index != -1) {
            if (family == AF_INET) {
                id = mptcp_local.locaddr4[index].loc4_id;
                low_prio.val = mptcp_local.locaddr4[index].low_prio;
            } else {
                id = mptcp_local.locaddr6[index].loc6_id;
                low_prio.val = mptcp_local.locaddr6[index].low_prio;
            }
        }

        return id;
    }

    /**
     * {@code addr_signal}: adds an ADD_ADDR or a REMOVE_ADDR to a segment, or both, if there is room: one address at
     * a time, and never repeated, so one that gets lost stays unknown.
     *
     * @param skb null: only the size is asked for
     */
    static void full_mesh_addr_signal(sock sk, IntRef size, tcp_out_options opts, sk_buff skb) {
        tcp_sock tp = tcp_sk(sk);
        mptcp_cb mpcb = tp.mpcb;
        fullmesh_priv fmp = fullmesh_get_priv(mpcb);
        mptcp_loc_addr mptcp_local;
        mptcp_fm_ns fm_ns = fm_get_ns(sock_net(sk));
        int remove_addr_len;
        int unannouncedv4;
        int unannouncedv6;

        if (fmp.add_addr != 0) {
            mptcp_local = fm_ns.local;

            unannouncedv4 = ~fmp.announced_addrs_v4 & mptcp_local.loc4_bits;
            if (unannouncedv4 != 0 && geU32(MAX_TCP_OPTION_SPACE - size.val, MPTCP_SUB_LEN_ADD_ADDR4_ALIGN)) {
                int ind = mptcp_find_free_index(~unannouncedv4 & 0xff);

                opts.options |= OPTION_MPTCP;
                opts.mptcp_options |= OPTION_ADD_ADDR;
                opts.add_addr4.addr_id = mptcp_local.locaddr4[ind].loc4_id;
                opts.add_addr4.addr = mptcp_local.locaddr4[ind].addr;
                opts.add_addr_v4 = true;

                if (skb != null) {
                    fmp.announced_addrs_v4 |= 1 << ind;
                    fmp.add_addr = fmp.add_addr - 1 & 0xff;
                }
                size.val += MPTCP_SUB_LEN_ADD_ADDR4_ALIGN;
            }

            unannouncedv6 = ~fmp.announced_addrs_v6 & mptcp_local.loc6_bits;
            if (unannouncedv6 != 0 && geU32(MAX_TCP_OPTION_SPACE - size.val, MPTCP_SUB_LEN_ADD_ADDR6_ALIGN)) {
                int ind = mptcp_find_free_index(~unannouncedv6 & 0xff);

                opts.options |= OPTION_MPTCP;
                opts.mptcp_options |= OPTION_ADD_ADDR;
                opts.add_addr6.addr_id = mptcp_local.locaddr6[ind].loc6_id;
                System.arraycopy(mptcp_local.locaddr6[ind].addr, 0, opts.add_addr6.addr, 0, 16);
                opts.add_addr_v6 = true;

                if (skb != null) {
                    fmp.announced_addrs_v6 |= 1 << ind;
                    fmp.add_addr = fmp.add_addr - 1 & 0xff;
                }
                size.val += MPTCP_SUB_LEN_ADD_ADDR6_ALIGN;
            }

            if (unannouncedv4 == 0 && unannouncedv6 == 0 && skb != null) {
                fmp.add_addr = fmp.add_addr - 1 & 0xff;
            }
        }

        if (fmp.remove_addrs == 0) {
            return;
        }

        remove_addr_len = mptcp_sub_len_remove_addr_align(fmp.remove_addrs);
        if (ltU32(MAX_TCP_OPTION_SPACE - size.val, remove_addr_len)) {
            return;
        }

        opts.options |= OPTION_MPTCP;
        opts.mptcp_options |= OPTION_REMOVE_ADDR;
        opts.remove_addrs = fmp.remove_addrs;
        size.val += remove_addr_len;
        if (skb != null) {
            fmp.remove_addrs = 0;
        }
    }

    /** {@code rem_raddr}: the peer took an address back. */
    static void full_mesh_rem_raddr(mptcp_cb mpcb, int rem_id) {
        mptcp_v4_rem_raddress(mpcb, rem_id);
        mptcp_v6_rem_raddress(mpcb, rem_id);
    }

    /** {@code /proc/net/mptcp_fullmesh}: the list of our addresses. */
    static int mptcp_fm_seq_show(seq_file seq, Object v) {
        net net = (net) seq.private_;
        mptcp_loc_addr mptcp_local;
        mptcp_fm_ns fm_ns = fm_get_ns(net);
        int i;

        seq_printf(seq, "Index, Address-ID, Backup, IP-address\n");

        mptcp_local = fm_ns.local;

        seq_printf(seq, "IPv4, next v4-index: %d\n", mptcp_local.next_v4_index);

        for (i = ffs(mptcp_local.loc4_bits) - 1; i >= 0; i = ffs(mptcp_local.loc4_bits >> i + 1 << i + 1) - 1) {
            mptcp_loc4 loc4 = mptcp_local.locaddr4[i];

            seq_printf(seq, "%d, %d, %d, %s\n", i, loc4.loc4_id, loc4.low_prio ? 1 : 0, pI4(loc4.addr));
        }

        seq_printf(seq, "IPv6, next v6-index: %d\n", mptcp_local.next_v6_index);

        for (i = ffs(mptcp_local.loc6_bits) - 1; i >= 0; i = ffs(mptcp_local.loc6_bits >> i + 1 << i + 1) - 1) {
            mptcp_loc6 loc6 = mptcp_local.locaddr6[i];

            seq_printf(seq, "%d, %d, %d, %s\n", i, loc6.loc6_id, loc6.low_prio ? 1 : 0, pI6(loc6.addr));
        }

        return 0;
    }

    static int mptcp_fm_seq_open(net net, seq_file seq) {
        seq.private_ = net;
        return mptcp_fm_seq_show(seq, null);
    }

    /** A namespace begins: with no addresses, and the first one will get the second place. */
    static int mptcp_fm_init_net(net net) {
        mptcp_loc_addr mptcp_local;
        mptcp_fm_ns fm_ns;

        if (Gfp.fails(GFP_KERNEL)) {
            return -ENOBUFS;
        }
        fm_ns = new mptcp_fm_ns();

        if (Gfp.fails(GFP_KERNEL)) {
            return -ENOBUFS;
        }
        mptcp_local = new mptcp_loc_addr();

        net.proc_net.create("mptcp_fullmesh", seq -> mptcp_fm_seq_open(net, seq));

        mptcp_local.next_v4_index = 1;

        fm_ns.local = mptcp_local;
        INIT_DELAYED_WORK(fm_ns.address_worker, AddressWorker::mptcp_address_worker, fm_ns);
        INIT_LIST_HEAD(fm_ns.events);
        fm_ns.net = net;
        net.mptcp.path_managers[MPTCP_PM_FULLMESH] = fm_ns;

        return 0;
    }

    /** A namespace ends. */
    static void mptcp_fm_exit_net(net net) {
        list_head<mptcp_addr_event> eventq;
        list_head<mptcp_addr_event> tmp;
        mptcp_fm_ns fm_ns;

        fm_ns = fm_get_ns(net);
        cancel_delayed_work_sync(fm_ns.address_worker);

        for (eventq = fm_ns.events.next; eventq != fm_ns.events; eventq = tmp) {
            tmp = eventq.next;
            list_del(eventq);
        }

        net.proc_net.remove("mptcp_fullmesh");
    }

    /** @return 0 or a negative errno: then nothing is registered */
    static int full_mesh_register() {
        int ret;

        ret = register_pernet_subsys(full_mesh_net_ops);
        if (ret != 0) {
            return ret;
        }

        err_reg_inetaddr:
        {
            ret = register_inetaddr_notifier(Events.mptcp_pm_inetaddr_notifier);
            if (ret != 0) {
                break err_reg_inetaddr;
            }
            err_reg_netdev:
            {
                ret = register_netdevice_notifier(Events.mptcp_pm_netdev_notifier);
                if (ret != 0) {
                    break err_reg_netdev;
                }

                ret = mptcp_register_path_manager(full_mesh);
                if (ret != 0) {
                    unregister_netdevice_notifier(Events.mptcp_pm_netdev_notifier);
                    break err_reg_netdev;
                }

                return ret;
            }
            unregister_inetaddr_notifier(Events.mptcp_pm_inetaddr_notifier);
        }
        unregister_pernet_subsys(full_mesh_net_ops);
        return ret;
    }

    static void full_mesh_unregister() {
        unregister_netdevice_notifier(Events.mptcp_pm_netdev_notifier);
        unregister_inetaddr_notifier(Events.mptcp_pm_inetaddr_notifier);
        unregister_pernet_subsys(full_mesh_net_ops);
        mptcp_unregister_path_manager(full_mesh);
    }
}
