// SPDX-License-Identifier: GPL-2.0-only
package mptcp_binder;

import static ip_sockglue.Getsockopt.ip_getsockopt;
import static ip_sockglue.Setsockopt.ip_setsockopt;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.inet.Inet.in4_pton;
import static linux.mutex.mutex.mutex_lock;
import static linux.mutex.mutex.mutex_unlock;
import static linux.printk.Printk.pI4;
import static linux.sched.Sched.cond_resched;
import static linux.sysctl.Sysctl.register_net_sysctl;
import static linux.sysctl.Sysctl.unregister_net_sysctl_table;
import static linux.tcp.Sockets.tcp_sk;
import static linux.types.Be.get32;
import static linux.types.Be.get8;
import static linux.types.Be.put32;
import static linux.types.Be.put8;
import static linux.workqueue.Workqueue.INIT_WORK;
import static linux.workqueue.Workqueue.queue_work;
import static linux.workqueue.Workqueue.work_pending;
import static mptcp_binder.mptcp_gw_list.MPTCP_GW_LIST_MAX_LEN;
import static mptcp_binder.mptcp_gw_list.MPTCP_GW_MAX_LISTS;
import static mptcp_binder.mptcp_gw_list.MPTCP_GW_SYSCTL_MAX_LEN;
import static mptcp_ipv4.Subsockets.mptcp_init4_subsockets;
import static mptcp_pm.PathManager.mptcp_register_path_manager;
import static mptcp_pm.PathManager.mptcp_unregister_path_manager;
import static net.inet_sock.Sockets.inet_sk;
import static net.mptcp.Globals.mptcp_wq;
import static net.mptcp.Sysctls.mptcp_debug;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Flags.sock_flag;
import static net.sock.Lock.SINGLE_DEPTH_NESTING;
import static net.sock.Lock.lock_sock_nested;
import static net.sock.Lock.release_sock;
import static net.sock.Nodes.sock_hold;
import static net.sock.Nodes.sock_put;
import static net.sock.SockFlag.SOCK_DEAD;
import static uapi.linux.in.In.IPPROTO_IP;
import static uapi.linux.in.In.IP_OPTIONS;
import static uapi.linux.ip.Ip.IPOPT_LSRR;
import static uapi.linux.ip.Ip.IPOPT_MINOFF;
import static uapi.linux.ip.Ip.IPOPT_NOP;
import static uapi.linux.ip.Ip.MAX_IPOPTLEN;

import java.util.Arrays;
import linux.compiler.BoolRef;
import linux.compiler.Differs;
import linux.compiler.IntRef;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.sysctl.ctl_table;
import linux.tcp.tcp_sock;
import linux.workqueue.work_struct;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_loc4;
import net.mptcp.mptcp_pm_ops;
import net.mptcp.mptcp_rem4;
import net.net_namespace.net;
import net.sock.sock;

/**
 * The path manager {@code binder}: several subflows between the same two addresses, each sent through other routers
 * with the IP option for loose source routing (RFC 791, section 3.1). The lists of routers come from the sysctl {@code
 * net.mptcp.mptcp_binder_gateways}, as in {@code 10.1.0.1,10.2.0.1-10.3.0.1}: one subflow for each list, besides the
 * first.
 *
 * <p>Its members are called like those of {@code mptcp_fullmesh}; {@link #mptcp_v4_add_lsrr} by {@code
 * mptcp_init4_subsockets} between making a subflow's socket and connecting it.
 */
public final class Binder {
    private Binder() {}

    static mptcp_gw_list mptcp_gws;

    /** Subflows of a connection in all, the first included. */
    static int mptcp_binder_ndiffports;

    static String sysctl_mptcp_binder_gateways;
    static mptcp_pm_ops binder;
    static ctl_table[] binder_table;
    public static ctl_table[] mptcp_sysctl_binder;

    /** In C a cast of zeroed memory: so it is made when somebody first looks. */
    private static binder_priv priv(mptcp_cb mpcb) {
        if (mpcb.mptcp_pm == null) {
            mpcb.mptcp_pm = new binder_priv();
        }
        return (binder_priv) mpcb.mptcp_pm;
    }

    /**
     * Looks for a list that no subflow of {@code sk}'s connection uses: what each uses is in its IP options.
     *
     * @return its number; -1: none is free
     */
    static int mptcp_get_avail_list_ipv4(sock sk) {
        int i;
        int j;
        boolean list_taken;
        int opt_ret;
        IntRef opt_len = new IntRef();
        int opt_ptr;
        int opt_end_ptr;
        byte[] opt = new byte[MAX_IPOPTLEN];
        tcp_sock sk_it;

        for (i = 0; i < MPTCP_GW_MAX_LISTS; ++i) {
            if (mptcp_gws.len[i] == 0) {
                return -1;
            }

            mptcp_debug("mptcp_get_avail_list_ipv4: List %d\n", i);
            list_taken = false;

            subsocks:
            for (sk_it = tcp_sk(sk).mpcb.connection_list; sk_it != null; sk_it = sk_it.mptcp.next) {
                mptcp_debug("mptcp_get_avail_list_ipv4: Next sock\n");

                opt_len.val = MAX_IPOPTLEN;
                Arrays.fill(opt, (byte) 0);
                opt_ret = ip_getsockopt(sk_it, IPPROTO_IP, IP_OPTIONS, opt, opt_len);
                if (opt_ret < 0) {
                    mptcp_debug("%s: MPTCP subsocket getsockopt() IP_OPTIONS failed, error %d\n",
                            "mptcp_get_avail_list_ipv4", opt_ret);
                    return -1;
                }

                if (opt_len.val <= 0) {
                    continue;
                }

                sock_lsrr:
                {
                    for (opt_ptr = 0; opt_ptr < opt_len.val; opt_ptr++) {
                        if (get8(opt, opt_ptr) == IPOPT_LSRR) {
                            mptcp_debug("mptcp_get_avail_list_ipv4: LSRR options found\n");
                            break sock_lsrr;
                        }
                    }
                    continue subsocks;
                }

                // The last address is the destination's, not a router's.
                opt_end_ptr = opt_ptr + get8(opt, opt_ptr + 1) - 4;

                opt_ptr += 3;
                j = 0;

                if ((opt_end_ptr - opt_ptr) / 4 != mptcp_gws.len[i]) {
                    continue;
                }

                while (opt_ptr < opt_end_ptr && j < mptcp_gws.len[i]) {
                    if (mptcp_gws.list[i][j] != get32(opt, opt_ptr)) {
                        break;
                    }

                    opt_ptr += 4;
                    j++;
                }

                if (j == mptcp_gws.len[i]) {
                    mptcp_debug("mptcp_get_avail_list_ipv4: List already used\n");
                    list_taken = true;
                    break;
                }
            }

            if (!list_taken) {
                mptcp_debug("mptcp_get_avail_list_ipv4: List free\n");
                break;
            }
        }

        if (i >= MPTCP_GW_MAX_LISTS) {
            return -1;
        }

        return i;
    }

    /** {@code init_subsocket_v4}: sends the subflow {@code sk} to {@code addr} through a free list of routers. */
    static void mptcp_v4_add_lsrr(sock sk, int addr) {
        int i;
        int j;
        int ret;
        byte[] opt = new byte[MAX_IPOPTLEN];

        i = mptcp_get_avail_list_ipv4(sk);

        if (i >= 0) {
            put8(opt, 0, IPOPT_NOP);
            put8(opt, 1, IPOPT_LSRR);
            put8(opt, 2, 4 * (mptcp_gws.len[i] + 1) + 3);
            put8(opt, 3, IPOPT_MINOFF);
            for (j = 0; j < mptcp_gws.len[i]; ++j) {
                put32(opt, 4 + j * 4, mptcp_gws.list[i][j]);
            }
            put32(opt, 4 + j * 4, addr);

            ret = ip_setsockopt(sk, IPPROTO_IP, IP_OPTIONS, opt, 4 + 4 * (mptcp_gws.len[i] + 1));

            if (ret < 0) {
                mptcp_debug("%s: MPTCP subsock setsockopt() IP_OPTIONS failed, error %d\n", "mptcp_v4_add_lsrr", ret);
            }
        }
    }

    /**
     * Reads the lists: routers with commas between, lists with dashes between. An address that is none, or too many
     * in a list, leaves no lists at all.
     *
     * @return 0; -1: there was an error, the caller empties the sysctl; {@code -ENOMEM}
     */
    @Differs("More than 15 characters without a comma or dash are an error. The kernel wrote them behind the 16 bytes"
            + " that it had allocated; and it stored a seventh router behind its list before it counted")
    static int mptcp_parse_gateway_ipv4(String gateways) {
        int i;
        int j;
        int k;
        int ret;
        char[] tmp_string;
        IntRef tmp_addr = new IntRef();

        if (Gfp.fails(GFP_KERNEL)) {
            return -ENOMEM;
        }
        tmp_string = new char[16];

        mptcp_gws.clear();

        error:
        {
            for (i = j = k = 0; i < MPTCP_GW_SYSCTL_MAX_LEN && k < MPTCP_GW_MAX_LISTS; ++i) {
                char c = i < gateways.length() ? gateways.charAt(i) : '\0';

                if (c == '-' || c == ',' || c == '\0') {
                    if (j == 0 && mptcp_gws.len[k] == 0) {
                        break;
                    }

                    if (j > 0) {
                        String tmp = new String(tmp_string, 0, j);
                        mptcp_debug("mptcp_parse_gateway_list tmp: %s i: %d\n", tmp, i);

                        ret = in4_pton(tmp, tmp.length(), tmp_addr, '\0');

                        if (ret != 0) {
                            mptcp_debug("mptcp_parse_gateway_list ret: %d s_addr: %s\n", ret, pI4(tmp_addr.val));
                            if (mptcp_gws.len[k] == MPTCP_GW_LIST_MAX_LEN) {
                                mptcp_debug("mptcp_parse_gateway_list too many members in list %d: max %d\n",
                                        k, MPTCP_GW_LIST_MAX_LEN);
                                break error;
                            }
                            mptcp_gws.list[k][mptcp_gws.len[k]] = tmp_addr.val;
                            mptcp_gws.len[k]++;
                            j = 0;
                        } else {
                            break error;
                        }
                    }

                    if (c == '-' || c == '\0') {
                        ++k;
                    }
                } else {
                    if (j == tmp_string.length - 1) {
                        break error;
                    }
                    tmp_string[j] = c;
                    ++j;
                }
            }

            mptcp_binder_ndiffports = k + 1;

            return 0;
        }
        mptcp_gws.clear();
        return -1;
    }

    /** Makes as many subflows as there are lists, in process context. The work holds a reference to the meta socket. */
    static void create_subflow_worker(work_struct work) {
        binder_priv pm_priv = (binder_priv) work.owner;
        mptcp_cb mpcb = pm_priv.mpcb;
        sock meta_sk = mpcb.meta_sk;
        int iter = 0;

        next_subflow:
        for (;;) {
            if (iter != 0) {
                release_sock(meta_sk);
                mutex_unlock(mpcb.mpcb_mutex);

                cond_resched();
            }
            mutex_lock(mpcb.mpcb_mutex);
            lock_sock_nested(meta_sk, SINGLE_DEPTH_NESTING);

            iter++;

            if (sock_flag(meta_sk, SOCK_DEAD)) {
                break next_subflow;
            }

            if (mpcb.master_sk != null && !tcp_sk(mpcb.master_sk).mptcp.fully_established) {
                break next_subflow;
            }

            if (mptcp_binder_ndiffports > iter && mptcp_binder_ndiffports > mpcb.cnt_subflows) {
                mptcp_loc4 loc = new mptcp_loc4();
                mptcp_rem4 rem = new mptcp_rem4();

                loc.addr = inet_sk(meta_sk).inet_saddr;
                loc.loc4_id = 0;
                loc.low_prio = false;

                rem.addr = inet_sk(meta_sk).skc_daddr;
                rem.port = inet_sk(meta_sk).skc_dport;
                rem.rem4_id = 0;

                mptcp_init4_subsockets(meta_sk, loc, rem);

                continue next_subflow;
            }
            break;
        }

        release_sock(meta_sk);
        mutex_unlock(mpcb.mpcb_mutex);
        sock_put(meta_sk);
    }

    /** {@code new_session}: a connection begins. */
    static void binder_new_session(sock meta_sk) {
        mptcp_cb mpcb = tcp_sk(meta_sk).mpcb;
        binder_priv fmp = priv(mpcb);

        INIT_WORK(fmp.subflow_work, Binder::create_subflow_worker, fmp);
        fmp.mpcb = mpcb;
    }

    /** {@code fully_established}: the client sets the worker to work. */
    static void binder_create_subflows(sock meta_sk) {
        mptcp_cb mpcb = tcp_sk(meta_sk).mpcb;
        binder_priv pm_priv = priv(mpcb);

        if (mpcb.infinite_mapping_snd || mpcb.infinite_mapping_rcv
                || mpcb.send_infinite_mapping
                || mpcb.server_side || sock_flag(meta_sk, SOCK_DEAD)) {
            return;
        }

        if (!work_pending(pm_priv.subflow_work)) {
            sock_hold(meta_sk);
            queue_work(mptcp_wq, pm_priv.subflow_work);
        }
    }

    /** {@code get_local_id}: one address, one id. */
    static int binder_get_local_id(int family, int addr, net net, BoolRef low_prio) {
        return 0;
    }

    /** Reads or writes the sysctl. Lists with an error in them are stored as none. @return 0 or a negative number */
    static int proc_mptcp_gateways(ctl_table ctl, boolean write, Ref<String> value) {
        int ret;
        String data;

        if (write) {
            if (Gfp.fails(GFP_KERNEL)) {
                return -1;
            }
            // proc_dostring: one line, as much of it as fits.
            data = value.val.lines().findFirst().orElse("");
            data = data.substring(0, Math.min(data.length(), MPTCP_GW_SYSCTL_MAX_LEN - 1));
            ret = mptcp_parse_gateway_ipv4(data);
            sysctl_mptcp_binder_gateways = ret == -1 ? "" : data;
        } else {
            value.val = sysctl_mptcp_binder_gateways;
            ret = 0;
        }

        return ret;
    }

    /** @return 0, -1 or {@code -ENOMEM}: then nothing is registered */
    static int binder_register() {
        if (Gfp.fails(GFP_KERNEL)) {
            return -ENOMEM;
        }
        mptcp_gws = new mptcp_gw_list();

        mptcp_sysctl_binder = register_net_sysctl(init_net, "net/mptcp", binder_table);

        if (mptcp_register_path_manager(binder) != 0) {
            unregister_net_sysctl_table(init_net, "net/mptcp", mptcp_sysctl_binder);
            return -1;
        }

        return 0;
    }

    static void binder_unregister() {
        mptcp_unregister_path_manager(binder);
        unregister_net_sysctl_table(init_net, "net/mptcp", mptcp_sysctl_binder);
    }
}
