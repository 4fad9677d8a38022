// SPDX-License-Identifier: GPL-2.0-only
package mptcp_fullmesh;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.kernel.Kernel.ffs;
import static linux.list.Lists.list_del;
import static linux.list.Lists.list_empty;
import static linux.list.Lists.list_first_entry;
import static linux.tcp.Sockets.tcp_sk;
import static linux.tcp.tcp_sock.MPTCP_PATH_MANAGER;
import static mptcp_ctrl.Close.mptcp_sub_force_close;
import static mptcp_ctrl.MetaSock.mptcp_select_ack_sock;
import static mptcp_fullmesh.FullMesh.full_mesh;
import static mptcp_fullmesh.FullMesh.full_mesh_create_subflows;
import static mptcp_fullmesh.RemoteAddresses.fullmesh_get_priv;
import static mptcp_fullmesh.RemoteAddresses.in6;
import static mptcp_fullmesh.mptcp_addr_event.MPTCP_EVENT_ADD;
import static mptcp_fullmesh.mptcp_addr_event.MPTCP_EVENT_DEL;
import static mptcp_fullmesh.mptcp_addr_event.MPTCP_EVENT_MOD;
import static mptcp_fullmesh.mptcp_loc_addr.MPTCP_MAX_ADDR;
import static mptcp_output.Reinject.mptcp_reinject_data;
import static net.inet_sock.Sockets.inet_sk;
import static net.mptcp.Globals.tk_hashtable;
import static net.mptcp.MetaSockets.is_meta_sk;
import static net.mptcp.MptcpConst.MPTCP_HASH_SIZE;
import static net.mptcp.Paths.__mptcp_find_free_index;
import static net.mptcp.Subflows.mptcp_v6_is_v4_mapped;
import static net.mptcp.Sysctls.mptcp_debug;
import static net.sock.Fields.sock_net;
import static net.sock.Lock.bh_lock_sock;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Lock.sock_owned_by_user;
import static net.sock.Nodes.sock_hold;
import static net.sock.Nodes.sock_put;
import static net.tcp.Multipath.mptcp;
import static tcp_output.AckAndProbe.tcp_send_ack;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.AF_INET6;

import java.util.Arrays;
import linux.compiler.KernelBug;
import linux.list.hlist_nulls_node;
import linux.tcp.tcp_sock;
import linux.workqueue.work_struct;
import net.mptcp.mptcp_cb;
import net.net_namespace.net;
import net.sock.sock;

/**
 * Keeps the list of our addresses and tells every connection of a change: a new address is announced and joined from;
 * one that is gone takes its subflows along and is withdrawn (RFC 6824, section 3.4); one that became a backup, or
 * ceases to be one, makes MP_PRIOs (section 3.3.8).
 *
 * <p>{@link Events} queues what happens; half a second later {@link #mptcp_address_worker} takes it from there.
 */
final class AddressWorker {
    private AddressWorker() {}

    /** Has a REMOVE_ADDR sent with the next segment, and sees to it that there is one. */
    static void announce_remove_addr(int addr_id, sock meta_sk) {
        mptcp_cb mpcb = tcp_sk(meta_sk).mpcb;
        fullmesh_priv fmp = fullmesh_get_priv(mpcb);
        sock sk = mptcp_select_ack_sock(meta_sk);

        fmp.remove_addrs |= 1 << addr_id & 0xffff;

        if (sk != null) {
            tcp_send_ack(sk);
        }
    }

    /** What was announced, and what was tried, from addresses that are gone: would be done again if they came back. */
    static void update_addr_bitfields(sock meta_sk, mptcp_loc_addr mptcp_local) {
        mptcp_cb mpcb = tcp_sk(meta_sk).mpcb;
        fullmesh_priv fmp = fullmesh_get_priv(mpcb);
        int i;

        fmp.announced_addrs_v4 &= mptcp_local.loc4_bits;

        for (i = ffs(fmp.rem4_bits) - 1; i >= 0; i = ffs(fmp.rem4_bits >> i + 1 << i + 1) - 1) {
            fmp.remaddr4[i].bitfield &= mptcp_local.loc4_bits;
            fmp.remaddr4[i].retry_bitfield &= mptcp_local.loc4_bits;
        }

        fmp.announced_addrs_v6 &= mptcp_local.loc6_bits;

        for (i = ffs(fmp.rem6_bits) - 1; i >= 0; i = ffs(fmp.rem6_bits >> i + 1 << i + 1) - 1) {
            fmp.remaddr6[i].bitfield &= mptcp_local.loc6_bits;
            fmp.remaddr6[i].retry_bitfield &= mptcp_local.loc6_bits;
        }
    }

    /** @return the place of {@code addr} in the list, -1: it is not there */
    static int mptcp_find_address(mptcp_loc_addr mptcp_local, int family, int addr) {
        int i;
        int loc_bits;
        boolean found = false;

        if (family == AF_INET) {
            loc_bits = mptcp_local.loc4_bits;
        } else {
            loc_bits = mptcp_local.loc6_bits;
        }

        for (i = ffs(loc_bits) - 1; i >= 0; i = ffs(loc_bits >> i + 1 << i + 1) - 1) {
            if (family == AF_INET && mptcp_local.locaddr4[i].addr == addr) {
                found = true;
                break;
            }
            if (family == AF_INET6 && Arrays.equals(mptcp_local.locaddr6[i].addr, in6(addr))) {
                found = true;
                break;
            }
        }

        if (!found) {
            return -1;
        }

        return i;
    }

    /**
     * Works the events off: each changes the list, then the connections of the namespace. A connection whose lock
     * somebody holds is told by {@link FullMesh#full_mesh_release_sock} when it is released.
     */
    @KernelBug("The id of an address that is gone stays the place in the list (from 0) where the option has place plus"
            + " one: without a subflow from there the id of another address is withdrawn, and for the first place none")
    static void mptcp_address_worker(work_struct work) {
        mptcp_fm_ns fm_ns = (mptcp_fm_ns) work.owner;
        net net = fm_ns.net;
        mptcp_addr_event event = null;
        mptcp_loc_addr mptcp_local;
        int i;
        int id = -1;
        boolean success;

        next_event:
        for (;;) {
            success = false;

            event = list_empty(fm_ns.events) ? null : list_first_entry(fm_ns.events);
            if (event == null) {
                return;
            }

            list_del(event.list);

            mptcp_local = fm_ns.local;

            duno:
            {
                if (event.code == MPTCP_EVENT_DEL) {
                    id = mptcp_find_address(mptcp_local, event.family, event.addr);

                    if (id < 0) {
                        mptcp_debug("%s could not find id\n", "mptcp_address_worker");
                        break duno;
                    }

                    mptcp_local = mptcp_loc_addr.kmemdup(mptcp_local, GFP_ATOMIC);
                    if (mptcp_local == null) {
                        break duno;
                    }

                    if (event.family == AF_INET) {
                        mptcp_local.loc4_bits &= ~(1 << id);
                    } else {
                        mptcp_local.loc6_bits &= ~(1 << id);
                    }

                    fm_ns.local = mptcp_local;
                } else {
                    int at = mptcp_find_address(mptcp_local, event.family, event.addr);
                    int j = at;

                    if (j < 0) {
                        if (event.family == AF_INET) {
                            at = __mptcp_find_free_index(mptcp_local.loc4_bits, mptcp_local.next_v4_index);
                        }
                        if (event.family == AF_INET6) {
                            at = __mptcp_find_free_index(mptcp_local.loc6_bits, mptcp_local.next_v6_index);
                        }

                        if (at < 0) {
                            mptcp_debug("%s no more space\n", "mptcp_address_worker");
                            break duno;
                        }

                        // A change of an address that we did not know.
                        event.code = MPTCP_EVENT_ADD;
                    } else {
                        if (event.family == AF_INET && event.low_prio == mptcp_local.locaddr4[at].low_prio) {
                            break duno;
                        }

                        if (event.family == AF_INET6 && event.low_prio == mptcp_local.locaddr6[at].low_prio) {
                            break duno;
                        }
                    }

                    mptcp_local = mptcp_loc_addr.kmemdup(mptcp_local, GFP_ATOMIC);
                    if (mptcp_local == null) {
                        break duno;
                    }

                    if (event.family == AF_INET) {
                        mptcp_local.locaddr4[at].addr = event.addr;
                        mptcp_local.locaddr4[at].loc4_id = at + 1;
                        mptcp_local.locaddr4[at].low_prio = event.low_prio;
                    } else {
                        System.arraycopy(in6(event.addr), 0, mptcp_local.locaddr6[at].addr, 0, 16);
                        mptcp_local.locaddr6[at].loc6_id = at + MPTCP_MAX_ADDR;
                        mptcp_local.locaddr6[at].low_prio = event.low_prio;
                    }

                    if (j < 0) {
                        if (event.family == AF_INET) {
                            mptcp_local.loc4_bits |= 1 << at;
                            mptcp_local.next_v4_index = at + 1;
                        } else {
                            mptcp_local.loc6_bits |= 1 << at;
                            mptcp_local.next_v6_index = at + 1;
                        }
                    }

                    fm_ns.local = mptcp_local;
                }
                success = true;
            }

            if (!success) {
                continue next_event;
            }

            for (i = 0; i < MPTCP_HASH_SIZE; i++) {
                hlist_nulls_node<tcp_sock> node;
                tcp_sock meta_tp;

                local_bh_disable();
                for (node = tk_hashtable[i].first(); node != null; node = node.next) {
                    meta_tp = node.owner;
                    mptcp_cb mpcb = meta_tp.mpcb;
                    sock meta_sk = meta_tp;
                    tcp_sock sk;
                    fullmesh_priv fmp;

                    if (sock_net(meta_sk) != net) {
                        continue;
                    }

                    if (meta_sk.skc_refcnt == 0) {
                        continue;
                    }
                    sock_hold(meta_sk);

                    bh_lock_sock(meta_sk);

                    next:
                    {
                        if (!mptcp(meta_tp) || !is_meta_sk(meta_sk)
                                || mpcb.infinite_mapping_snd
                                || mpcb.infinite_mapping_rcv
                                || mpcb.send_infinite_mapping) {
                            break next;
                        }

                        if (mpcb.pm_ops != full_mesh) {
                            break next;
                        }
                        // Not before: until here what lies there may be another path manager's.
                        fmp = fullmesh_get_priv(mpcb);

                        if (sock_owned_by_user(meta_sk)) {
                            if ((meta_tp.tsq_flags & 1 << MPTCP_PATH_MANAGER) == 0) {
                                meta_tp.tsq_flags |= 1 << MPTCP_PATH_MANAGER;
                                sock_hold(meta_sk);
                            }

                            break next;
                        }

                        if (event.code == MPTCP_EVENT_ADD) {
                            fmp.add_addr = fmp.add_addr + 1 & 0xff;

                            sock ack_sk = mptcp_select_ack_sock(meta_sk);
                            if (ack_sk != null) {
                                tcp_send_ack(ack_sk);
                            }

                            full_mesh_create_subflows(meta_sk);
                        }

                        if (event.code == MPTCP_EVENT_DEL) {
                            tcp_sock tmpsk;
                            boolean found = false;

                            mptcp_local = fm_ns.local;

                            if (id >= 0) {
                                update_addr_bitfields(meta_sk, mptcp_local);
                            }

                            for (sk = mpcb.connection_list; sk != null; sk = tmpsk) {
                                tmpsk = sk.mptcp.next;
                                if ((event.family == AF_INET6
                                                && (sk.skc_family == AF_INET || mptcp_v6_is_v4_mapped(sk)))
                                        || (event.family == AF_INET
                                                && (sk.skc_family == AF_INET6 && !mptcp_v6_is_v4_mapped(sk)))) {
                                    continue;
                                }

                                if (event.family == AF_INET
                                        && (sk.skc_family == AF_INET || mptcp_v6_is_v4_mapped(sk))
                                        && inet_sk(sk).inet_saddr != event.addr) {
                                    continue;
                                }

                                // Marks it as failed, so that it will not be asked to send the REMOVE_ADDR.
                                mptcp_reinject_data(sk, 0);

                                announce_remove_addr(tcp_sk(sk).mptcp.loc_id, meta_sk);

                                mptcp_sub_force_close(sk);
                                found = true;
                            }

                            if (found) {
                                break next;
                            }

                            // Announced, but there never was a subflow from it.
                            if (id > 0) {
                                announce_remove_addr(id, meta_sk);
                            }
                        }

                        if (event.code == MPTCP_EVENT_MOD) {
                            for (sk = mpcb.connection_list; sk != null; sk = sk.mptcp.next) {
                                tcp_sock tp = tcp_sk(sk);
                                if (event.family == AF_INET
                                        && (sk.skc_family == AF_INET || mptcp_v6_is_v4_mapped(sk))
                                        && inet_sk(sk).inet_saddr == event.addr) {
                                    if (event.low_prio != tp.mptcp.low_prio) {
                                        tp.mptcp.send_mp_prio = true;
                                        tp.mptcp.low_prio = event.low_prio;

                                        tcp_send_ack(sk);
                                    }
                                }
                            }
                        }
                    }
                    bh_unlock_sock(meta_sk);
                    sock_put(meta_sk);
                }
                local_bh_enable();
            }
        }
    }
}
