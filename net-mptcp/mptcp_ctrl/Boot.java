// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.kernel.Kernel.max;
import static linux.printk.Printk.pr_info;
import static linux.random.Random.get_random_bytes;
import static linux.seq_file.seq_file.seq_printf;
import static linux.seq_file.seq_file.seq_putc;
import static linux.sysctl.Sysctl.register_net_sysctl;
import static linux.sysctl.Sysctl.unregister_net_sysctl_table;
import static linux.types.Be.raw32;
import static linux.workqueue.Workqueue.alloc_workqueue;
import static linux.workqueue.Workqueue.destroy_workqueue;
import static mptcp_ipv4.Subsockets.mptcp_pm_v4_init;
import static mptcp_ipv4.Subsockets.mptcp_pm_v4_undo;
import static mptcp_pm.PathManager.mptcp_register_path_manager;
import static mptcp_pm.PathManager.mptcp_unregister_path_manager;
import static mptcp_sched.Registry.mptcp_register_scheduler;
import static net.inet_sock.Sockets.inet_sk;
import static net.mptcp.Globals.mptcp_init_failed;
import static net.mptcp.Globals.mptcp_pm_default;
import static net.mptcp.Globals.mptcp_reqsk_htb;
import static net.mptcp.Globals.mptcp_sched_default;
import static net.mptcp.Globals.mptcp_secret;
import static net.mptcp.Globals.mptcp_wq;
import static net.mptcp.Globals.tk_hashtable;
import static net.mptcp.MptcpConst.MPTCP_HASH_SIZE;
import static net.mptcp.Subflows.mptcp_v6_is_v4_mapped;
import static net.net_namespace.NetNs.init_net;
import static net.net_namespace.NetNs.net_eq;
import static net.net_namespace.NetNs.register_pernet_subsys;
import static net.net_namespace.NetNs.unregister_pernet_subsys;
import static net.sock.Fields.sock_i_ino;
import static net.sock.Fields.sock_net;
import static net.tcp.Multipath.mptcp;
import static uapi.linux.socket.SocketOpt.AF_INET;

import linux.gfp.Gfp;
import linux.init.Initcall;
import linux.list.hlist_nulls_head;
import linux.list.hlist_nulls_node;
import linux.seq_file.seq_file;
import linux.sysctl.ctl_table;
import linux.tcp.tcp_sock;
import net.inet_sock.inet_sock;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_request_sock;
import net.net_namespace.net;
import net.net_namespace.pernet_operations;
import net.sock.sock;

/** How MPTCP begins, called from {@code tcp_init}, and {@code /proc/net/mptcp}. */
public final class Boot implements Initcall {
    static pernet_operations mptcp_pm_proc_ops;

    @Override
    public void data() {
        Tokens.mptcp_reqsk_tk_htb = heads();

        mptcp_pm_proc_ops = new pernet_operations();
        mptcp_pm_proc_ops.init = Boot::mptcp_pm_init_net;
        mptcp_pm_proc_ops.exit = Boot::mptcp_pm_exit_net;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static hlist_nulls_head<mptcp_request_sock>[] heads() {
        return new hlist_nulls_head[MPTCP_HASH_SIZE];
    }

    /** {@code /proc/net/mptcp}: a line for each connection of the namespace. Tokens and addresses as raw memory. */
    static int mptcp_pm_seq_show(seq_file seq, Object v) {
        net net = (net) seq.private_;
        int i;
        int n = 0;

        seq_printf(seq, "  sl  loc_tok  rem_tok  v6 local_address                         remote_address               "
                + "         st ns tx_queue rx_queue inode");
        seq_putc(seq, '\n');

        for (i = 0; i < MPTCP_HASH_SIZE; i++) {
            hlist_nulls_node<tcp_sock> node;
            for (node = tk_hashtable[i].first(); node != null; node = node.next) {
                tcp_sock meta_tp = node.owner;
                mptcp_cb mpcb = meta_tp.mpcb;
                sock meta_sk = meta_tp;
                inet_sock isk = inet_sk(meta_sk);

                if (!mptcp(meta_tp) || !net_eq(net, sock_net(meta_sk))) {
                    continue;
                }

                seq_printf(seq, "%4d: %04X %04X ", n++, raw32(mpcb.mptcp_loc_token), raw32(mpcb.mptcp_rem_token));
                if (meta_sk.skc_family == AF_INET || mptcp_v6_is_v4_mapped(meta_sk)) {
                    seq_printf(seq, " 0 %08X:%04X                         %08X:%04X                        ",
                            raw32(isk.skc_rcv_saddr), isk.inet_sport, raw32(isk.skc_daddr), isk.skc_dport);
                }
                seq_printf(seq, " %02X %02X %08X:%08X %d", meta_sk.skc_state, mpcb.cnt_subflows,
                        meta_tp.write_seq - meta_tp.snd_una, max(meta_tp.rcv_nxt - meta_tp.copied_seq, 0),
                        sock_i_ino(meta_sk));
                seq_putc(seq, '\n');
            }
        }

        return 0;
    }

    static int mptcp_pm_seq_open(net net, seq_file seq) {
        seq.private_ = net;
        return mptcp_pm_seq_show(seq, null);
    }

    static int mptcp_pm_init_net(net net) {
        net.proc_net.create("mptcp", seq -> mptcp_pm_seq_open(net, seq));

        return 0;
    }

    static void mptcp_pm_exit_net(net net) {
        net.proc_net.remove("mptcp");
    }

    /** Makes tables, secret and work queue. If anything fails, {@code mptcp_init_failed}: all sockets stay TCP. */
    public static void mptcp_init() {
        int i;
        ctl_table[] mptcp_sysctl;

        alloc_workqueue_failed: {
            get_random_bytes(mptcp_secret);

            mptcp_wq = Gfp.fails(GFP_KERNEL) ? null : alloc_workqueue("mptcp_wq");
            if (mptcp_wq == null) {
                break alloc_workqueue_failed;
            }

            for (i = 0; i < MPTCP_HASH_SIZE; i++) {
                tk_hashtable[i] = new hlist_nulls_head<>();
                mptcp_reqsk_htb[i] = new hlist_nulls_head<>();
                Tokens.mptcp_reqsk_tk_htb[i] = new hlist_nulls_head<>();
            }

            pernet_failed: {
                if (register_pernet_subsys(mptcp_pm_proc_ops) != 0) {
                    break pernet_failed;
                }

                mptcp_pm_v4_failed: {
                    if (mptcp_pm_v4_init() != 0) {
                        break mptcp_pm_v4_failed;
                    }

                    register_sysctl_failed: {
                        mptcp_sysctl = Gfp.fails(GFP_KERNEL)
                                ? null
                                : register_net_sysctl(init_net, "net/mptcp", Sysctl.mptcp_table());
                        if (mptcp_sysctl == null) {
                            break register_sysctl_failed;
                        }

                        register_pm_failed: {
                            if (mptcp_register_path_manager(mptcp_pm_default) != 0) {
                                break register_pm_failed;
                            }

                            register_sched_failed: {
                                if (mptcp_register_scheduler(mptcp_sched_default) != 0) {
                                    break register_sched_failed;
                                }

                                pr_info("MPTCP: Stable release v0.89.5");

                                mptcp_init_failed = false;

                                return;
                            }
                            mptcp_unregister_path_manager(mptcp_pm_default);
                        }
                        unregister_net_sysctl_table(init_net, "net/mptcp", mptcp_sysctl);
                    }
                    mptcp_pm_v4_undo();
                }
                unregister_pernet_subsys(mptcp_pm_proc_ops);
            }
            destroy_workqueue(mptcp_wq);
        }
        mptcp_init_failed = true;
    }
}
