// SPDX-License-Identifier: GPL-2.0-only
package sysctl_net_ipv4;

import static inet_connection_sock.Ports.inet_get_local_port_range;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.gfp.Gfp.GFP_USER;
import static linux.netdevice.Netdev.GSO_MAX_SEGS;
import static linux.sysctl.Sysctl.proc_dointvec_minmax;
import static linux.sysctl.Sysctl.proc_dostring;
import static linux.sysctl.Sysctl.register_net_sysctl;
import static linux.sysctl.Sysctl.unregister_net_sysctl_table;
import static linux.types.Be.get32;
import static linux.types.Be.put32;
import static linux.types.Be.raw32;
import static net.inetpeer.InetPeer.inet_peer_maxttl;
import static net.inetpeer.InetPeer.inet_peer_minttl;
import static net.inetpeer.InetPeer.inet_peer_threshold;
import static net.ip.Globals.sysctl_ip_dynaddr;
import static net.ip.Globals.sysctl_ip_early_demux;
import static net.ip.Globals.sysctl_ip_nonlocal_bind;
import static net.ip.Globals.sysctl_local_reserved_ports;
import static net.net_namespace.NetNs.init_net;
import static net.net_namespace.NetNs.net_eq;
import static net.net_namespace.NetNs.register_pernet_subsys;
import static net.request_sock.Queues.sysctl_max_syn_backlog;
import static net.route.Globals.sysctl_ip_default_ttl;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp.Globals.tcp_fastopen_ctx;
import static net.tcp.Sysctls.sysctl_tcp_abort_on_overflow;
import static net.tcp.Sysctls.sysctl_tcp_adv_win_scale;
import static net.tcp.Sysctls.sysctl_tcp_app_win;
import static net.tcp.Sysctls.sysctl_tcp_autocorking;
import static net.tcp.Sysctls.sysctl_tcp_base_mss;
import static net.tcp.Sysctls.sysctl_tcp_challenge_ack_limit;
import static net.tcp.Sysctls.sysctl_tcp_dsack;
import static net.tcp.Sysctls.sysctl_tcp_early_retrans;
import static net.tcp.Sysctls.sysctl_tcp_fack;
import static net.tcp.Sysctls.sysctl_tcp_fastopen;
import static net.tcp.Sysctls.sysctl_tcp_fin_timeout;
import static net.tcp.Sysctls.sysctl_tcp_frto;
import static net.tcp.Sysctls.sysctl_tcp_keepalive_intvl;
import static net.tcp.Sysctls.sysctl_tcp_keepalive_probes;
import static net.tcp.Sysctls.sysctl_tcp_keepalive_time;
import static net.tcp.Sysctls.sysctl_tcp_limit_output_bytes;
import static net.tcp.Sysctls.sysctl_tcp_low_latency;
import static net.tcp.Sysctls.sysctl_tcp_max_orphans;
import static net.tcp.Sysctls.sysctl_tcp_mem;
import static net.tcp.Sysctls.sysctl_tcp_min_tso_segs;
import static net.tcp.Sysctls.sysctl_tcp_moderate_rcvbuf;
import static net.tcp.Sysctls.sysctl_tcp_mtu_probing;
import static net.tcp.Sysctls.sysctl_tcp_nometrics_save;
import static net.tcp.Sysctls.sysctl_tcp_notsent_lowat;
import static net.tcp.Sysctls.sysctl_tcp_orphan_retries;
import static net.tcp.Sysctls.sysctl_tcp_reordering;
import static net.tcp.Sysctls.sysctl_tcp_retrans_collapse;
import static net.tcp.Sysctls.sysctl_tcp_retries1;
import static net.tcp.Sysctls.sysctl_tcp_retries2;
import static net.tcp.Sysctls.sysctl_tcp_rfc1337;
import static net.tcp.Sysctls.sysctl_tcp_rmem;
import static net.tcp.Sysctls.sysctl_tcp_sack;
import static net.tcp.Sysctls.sysctl_tcp_slow_start_after_idle;
import static net.tcp.Sysctls.sysctl_tcp_stdurg;
import static net.tcp.Sysctls.sysctl_tcp_syn_retries;
import static net.tcp.Sysctls.sysctl_tcp_synack_retries;
import static net.tcp.Sysctls.sysctl_tcp_syncookies;
import static net.tcp.Sysctls.sysctl_tcp_thin_dupack;
import static net.tcp.Sysctls.sysctl_tcp_thin_linear_timeouts;
import static net.tcp.Sysctls.sysctl_tcp_timestamps;
import static net.tcp.Sysctls.sysctl_tcp_tso_win_divisor;
import static net.tcp.Sysctls.sysctl_tcp_tw_reuse;
import static net.tcp.Sysctls.sysctl_tcp_window_scaling;
import static net.tcp.Sysctls.sysctl_tcp_wmem;
import static net.tcp.Sysctls.sysctl_tcp_workaround_signed_windows;
import static net.tcp.TcpConst.MAX_TCP_SYNCNT;
import static net.tcp.TcpConst.TCP_FASTOPEN_KEY_LENGTH;
import static net.tcp.tcp_congestion_ops.TCP_CA_BUF_MAX;
import static net.tcp.tcp_congestion_ops.TCP_CA_NAME_MAX;
import static tcp_cong.Registry.tcp_get_allowed_congestion_control;
import static tcp_cong.Registry.tcp_get_available_congestion_control;
import static tcp_cong.Registry.tcp_get_default_congestion_control;
import static tcp_cong.Registry.tcp_set_allowed_congestion_control;
import static tcp_cong.Registry.tcp_set_default_congestion_control;
import static tcp_fastopen.Fastopen.tcp_fastopen_init_key_once;
import static tcp_fastopen.Fastopen.tcp_fastopen_reset_cipher;

import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import linux.compiler.IntRef;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.sysctl.Sysctl;
import linux.sysctl.ctl_table;
import net.net_namespace.net;
import net.net_namespace.pernet_operations;
import net.tcp.tcp_fastopen_context;

/**
 * {@code /proc/sys/net/ipv4}: the sysctls of TCP and IP by their names. Those of {@link #ipv4_table} are there once and
 * can be seen in the first namespace only; those of {@code ipv4_net_table} every namespace has for itself. Here is also
 * what is not just a number: ranges of ports, names of congestion modules, the key of Fast Open.
 *
 * <p>The sysctls of UDP and IGMP are not here, nor are those protocols.
 */
public final class Ipv4Sysctl {
    private Ipv4Sysctl() {}

    /** {@code GID_T_MAX}. */
    private static final int GID_T_MAX = 0x7fffffff;

    private static final Pattern HEX = Pattern.compile("\\s*(?:0[xX](?=\\p{XDigit}))?(\\p{XDigit}+)");

    static ctl_table[] ipv4_table;
    static pernet_operations ipv4_sysctl_ops;

    static void set_local_port_range(net net, int[] range) {
        net.ipv4.sysctl_local_ports_range[0] = range[0];
        net.ipv4.sysctl_local_ports_range[1] = range[1];
    }

    /** {@code ip_local_port_range}: the first port and the last that sockets without a port of their own get. */
    static int ipv4_local_port_range(ctl_table table, boolean write, Ref<String> value) {
        net net = (net) table.data;
        int ret;
        int[] range = new int[2];
        IntRef low = new IntRef();
        IntRef high = new IntRef();
        ctl_table tmp = new ctl_table(table.procname);

        tmp.get = () -> longs(range);
        tmp.set = v -> store(range, v);
        tmp.extra1 = 1L;
        tmp.extra2 = 65535L;

        inet_get_local_port_range(net, low, high);
        range[0] = low.val;
        range[1] = high.val;

        ret = proc_dointvec_minmax(tmp, write, value);

        if (write && ret == 0) {
            if (range[1] < range[0]) {
                ret = -EINVAL;
            } else {
                set_local_port_range(net, range);
            }
        }

        return ret;
    }

    static void inet_get_ping_group_range_table(ctl_table table, IntRef low, IntRef high) {
        int[] data = ((net) table.data).ipv4.sysctl_ping_group_range;

        low.val = data[0];
        high.val = data[1];
    }

    static void set_ping_group_range(ctl_table table, int low, int high) {
        int[] data = ((net) table.data).ipv4.sysctl_ping_group_range;

        data[0] = low;
        data[1] = high;
    }

    /**
     * {@code ping_group_range}: the first group and the last that may have ping sockets. A range that is none: nobody.
     */
    static int ipv4_ping_group_range(ctl_table table, boolean write, Ref<String> value) {
        int ret;
        int[] urange = new int[2];
        IntRef low = new IntRef();
        IntRef high = new IntRef();
        ctl_table tmp = new ctl_table(table.procname);

        tmp.get = () -> longs(urange);
        tmp.set = v -> store(urange, v);
        tmp.extra1 = 0L;
        tmp.extra2 = (long) GID_T_MAX;

        inet_get_ping_group_range_table(table, low, high);
        urange[0] = low.val;
        urange[1] = high.val;
        ret = proc_dointvec_minmax(tmp, write, value);

        if (write && ret == 0) {
            low.val = urange[0];
            high.val = urange[1];
            if (urange[1] < urange[0]) {
                low.val = 1;
                high.val = 0;
            }
            set_ping_group_range(table, low.val, high.val);
        }

        return ret;
    }

    /**
     * {@code tcp_congestion_control}: the default of new sockets. Writing: {@code -ENOENT} if there is none of that
     * name.
     */
    static int proc_tcp_congestion_control(ctl_table ctl, boolean write, Ref<String> value) {
        Ref<String> val = new Ref<>();
        ctl_table tbl = new ctl_table(ctl.procname);
        int ret;

        tbl.data = val;
        tbl.maxlen = TCP_CA_NAME_MAX;

        tcp_get_default_congestion_control(val);

        ret = proc_dostring(tbl, write, value);
        if (write && ret == 0) {
            ret = tcp_set_default_congestion_control(val.val);
        }
        return ret;
    }

    /** {@code tcp_available_congestion_control}: the names of all, the default first. */
    static int proc_tcp_available_congestion_control(ctl_table ctl, boolean write, Ref<String> value) {
        StringBuilder data = new StringBuilder();
        ctl_table tbl = new ctl_table(ctl.procname);
        int ret;

        tbl.maxlen = TCP_CA_BUF_MAX;
        if (Gfp.fails(GFP_USER)) {
            return -ENOMEM;
        }
        tcp_get_available_congestion_control(data, TCP_CA_BUF_MAX);
        tbl.data = new Ref<>(data.toString());
        ret = proc_dostring(tbl, write, value);
        return ret;
    }

    /** {@code tcp_allowed_congestion_control}: the names of those that everybody may choose. */
    static int proc_allowed_congestion_control(ctl_table ctl, boolean write, Ref<String> value) {
        StringBuilder data = new StringBuilder();
        Ref<String> text = new Ref<>();
        ctl_table tbl = new ctl_table(ctl.procname);
        int ret;

        tbl.maxlen = TCP_CA_BUF_MAX;
        if (Gfp.fails(GFP_USER)) {
            return -ENOMEM;
        }

        tcp_get_allowed_congestion_control(data, tbl.maxlen);
        text.val = data.toString();
        tbl.data = text;
        ret = proc_dostring(tbl, write, value);
        if (write && ret == 0) {
            ret = tcp_set_allowed_congestion_control(text.val);
        }
        return ret;
    }

    /**
     * {@code tcp_fastopen_key}: the key that Fast Open cookies are made with (RFC 7413, section 4.1.2), four numbers of
     * 32 bits in hexadecimal, each a little-endian word of the key. All 0: none has been needed yet.
     */
    static int proc_tcp_fastopen_key(ctl_table ctl, boolean write, Ref<String> value) {
        Ref<String> data = new Ref<>();
        ctl_table tbl = new ctl_table(ctl.procname);
        tcp_fastopen_context ctxt;
        int ret;
        byte[] user_key = new byte[TCP_FASTOPEN_KEY_LENGTH];

        tbl.maxlen = TCP_FASTOPEN_KEY_LENGTH * 2 + 10;
        if (Gfp.fails(GFP_KERNEL)) {
            return -ENOMEM;
        }
        tbl.data = data;

        ctxt = tcp_fastopen_ctx;
        if (ctxt != null) {
            System.arraycopy(ctxt.key, 0, user_key, 0, TCP_FASTOPEN_KEY_LENGTH);
        }

        data.val = String.format("%08x-%08x-%08x-%08x", raw32(get32(user_key, 0)), raw32(get32(user_key, 4)),
                raw32(get32(user_key, 8)), raw32(get32(user_key, 12)));
        ret = proc_dostring(tbl, write, value);

        if (write && ret == 0) {
            if (scanKey(data.val, user_key) != 4) {
                ret = -EINVAL;
                return ret;
            }
            // As if the random key had been made: the first cookie is not to replace this one.
            tcp_fastopen_init_key_once(false);
            tcp_fastopen_reset_cipher(user_key, TCP_FASTOPEN_KEY_LENGTH);
        }
        return ret;
    }

    /** {@code sscanf(text, "%x-%x-%x-%x")} into the words of {@code key}. @return how many there were */
    private static int scanKey(String text, byte[] key) {
        Matcher m = HEX.matcher(text);
        int at = 0;

        for (int i = 0; i < 4; i++) {
            if (i > 0) {
                if (at == text.length() || text.charAt(at) != '-') {
                    return i;
                }
                at++;
            }
            m.region(at, text.length());
            if (!m.lookingAt()) {
                return i;
            }
            // What is too long loses its upper digits, as in C.
            String digits = m.group(1);
            digits = digits.substring(Math.max(0, digits.length() - 8));
            put32(key, 4 * i, raw32(Integer.parseUnsignedInt(digits, 16)));
            at = m.end();
        }
        return 4;
    }

    private static ctl_table special(String procname, int mode, ctl_table.Handler handler, Object data) {
        ctl_table t = new ctl_table(procname);
        t.mode = mode;
        t.proc_handler = handler;
        t.data = data;
        return t;
    }

    private static ctl_table number(String procname, ctl_table.Handler handler, IntSupplier get, IntConsumer set) {
        ctl_table t = new ctl_table(procname);
        t.proc_handler = handler;
        t.get = () -> new long[] {get.getAsInt()};
        t.set = v -> set.accept((int) v[0]);
        return t;
    }

    private static ctl_table minmax(String procname, Long min, Long max, IntSupplier get, IntConsumer set) {
        ctl_table t = number(procname, Sysctl::proc_dointvec_minmax, get, set);
        t.extra1 = min;
        t.extra2 = max;
        return t;
    }

    private static ctl_table vector(String procname, ctl_table.Handler handler, Long min, Supplier<long[]> get,
            Consumer<long[]> set) {
        ctl_table t = new ctl_table(procname);
        t.proc_handler = handler;
        t.get = get;
        t.set = set;
        t.extra1 = min;
        return t;
    }

    private static long[] longs(int[] v) {
        long[] l = new long[v.length];
        for (int i = 0; i < v.length; i++) {
            l[i] = v[i];
        }
        return l;
    }

    /** In place: protocols have the array as well. */
    private static void store(int[] to, long[] v) {
        for (int i = 0; i < to.length; i++) {
            to[i] = (int) v[i];
        }
    }

    /** What the machine has once; made anew at each boot. */
    static ctl_table[] newTable() {
        return new ctl_table[] {
            number("tcp_timestamps", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_timestamps, v -> sysctl_tcp_timestamps = v),
            number("tcp_window_scaling", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_window_scaling, v -> sysctl_tcp_window_scaling = v),
            number("tcp_sack", Sysctl::proc_dointvec, () -> sysctl_tcp_sack, v -> sysctl_tcp_sack = v),
            number("tcp_retrans_collapse", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_retrans_collapse, v -> sysctl_tcp_retrans_collapse = v),
            minmax("ip_default_ttl", 1L, 255L, () -> sysctl_ip_default_ttl, v -> sysctl_ip_default_ttl = v),
            number("ip_nonlocal_bind", Sysctl::proc_dointvec,
                    () -> sysctl_ip_nonlocal_bind, v -> sysctl_ip_nonlocal_bind = v),
            minmax("tcp_syn_retries", 1L, (long) MAX_TCP_SYNCNT,
                    () -> sysctl_tcp_syn_retries, v -> sysctl_tcp_syn_retries = v),
            number("tcp_synack_retries", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_synack_retries, v -> sysctl_tcp_synack_retries = v),
            number("tcp_max_orphans", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_max_orphans, v -> sysctl_tcp_max_orphans = v),
            number("tcp_max_tw_buckets", Sysctl::proc_dointvec,
                    () -> tcp_death_row.sysctl_max_tw_buckets, v -> tcp_death_row.sysctl_max_tw_buckets = v),
            number("ip_early_demux", Sysctl::proc_dointvec,
                    () -> sysctl_ip_early_demux, v -> sysctl_ip_early_demux = v),
            number("ip_dynaddr", Sysctl::proc_dointvec, () -> sysctl_ip_dynaddr, v -> sysctl_ip_dynaddr = v),
            number("tcp_keepalive_time", Sysctl::proc_dointvec_jiffies,
                    () -> sysctl_tcp_keepalive_time, v -> sysctl_tcp_keepalive_time = v),
            number("tcp_keepalive_probes", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_keepalive_probes, v -> sysctl_tcp_keepalive_probes = v),
            number("tcp_keepalive_intvl", Sysctl::proc_dointvec_jiffies,
                    () -> sysctl_tcp_keepalive_intvl, v -> sysctl_tcp_keepalive_intvl = v),
            minmax("tcp_retries1", null, 255L, () -> sysctl_tcp_retries1, v -> sysctl_tcp_retries1 = v),
            number("tcp_retries2", Sysctl::proc_dointvec, () -> sysctl_tcp_retries2, v -> sysctl_tcp_retries2 = v),
            number("tcp_fin_timeout", Sysctl::proc_dointvec_jiffies,
                    () -> sysctl_tcp_fin_timeout, v -> sysctl_tcp_fin_timeout = v),
            number("tcp_syncookies", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_syncookies, v -> sysctl_tcp_syncookies = v),
            number("tcp_fastopen", Sysctl::proc_dointvec, () -> sysctl_tcp_fastopen, v -> sysctl_tcp_fastopen = v),
            special("tcp_fastopen_key", 0600, Ipv4Sysctl::proc_tcp_fastopen_key, null),
            number("tcp_tw_recycle", Sysctl::proc_dointvec,
                    () -> tcp_death_row.sysctl_tw_recycle, v -> tcp_death_row.sysctl_tw_recycle = v),
            number("tcp_abort_on_overflow", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_abort_on_overflow, v -> sysctl_tcp_abort_on_overflow = v),
            number("tcp_stdurg", Sysctl::proc_dointvec, () -> sysctl_tcp_stdurg, v -> sysctl_tcp_stdurg = v),
            number("tcp_rfc1337", Sysctl::proc_dointvec, () -> sysctl_tcp_rfc1337, v -> sysctl_tcp_rfc1337 = v),
            number("tcp_max_syn_backlog", Sysctl::proc_dointvec,
                    () -> sysctl_max_syn_backlog, v -> sysctl_max_syn_backlog = v),
            special("ip_local_reserved_ports", 0644, Sysctl::proc_do_large_bitmap, null),
            number("inet_peer_threshold", Sysctl::proc_dointvec,
                    () -> inet_peer_threshold, v -> inet_peer_threshold = v),
            number("inet_peer_minttl", Sysctl::proc_dointvec_jiffies,
                    () -> inet_peer_minttl, v -> inet_peer_minttl = v),
            number("inet_peer_maxttl", Sysctl::proc_dointvec_jiffies,
                    () -> inet_peer_maxttl, v -> inet_peer_maxttl = v),
            number("tcp_orphan_retries", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_orphan_retries, v -> sysctl_tcp_orphan_retries = v),
            number("tcp_fack", Sysctl::proc_dointvec, () -> sysctl_tcp_fack, v -> sysctl_tcp_fack = v),
            number("tcp_reordering", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_reordering, v -> sysctl_tcp_reordering = v),
            number("tcp_dsack", Sysctl::proc_dointvec, () -> sysctl_tcp_dsack, v -> sysctl_tcp_dsack = v),
            vector("tcp_mem", Sysctl::proc_doulongvec_minmax, null, () -> sysctl_tcp_mem.clone(),
                    v -> System.arraycopy(v, 0, sysctl_tcp_mem, 0, v.length)),
            vector("tcp_wmem", Sysctl::proc_dointvec_minmax, 1L, () -> longs(sysctl_tcp_wmem),
                    v -> store(sysctl_tcp_wmem, v)),
            number("tcp_notsent_lowat", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_notsent_lowat, v -> sysctl_tcp_notsent_lowat = v),
            vector("tcp_rmem", Sysctl::proc_dointvec_minmax, 1L, () -> longs(sysctl_tcp_rmem),
                    v -> store(sysctl_tcp_rmem, v)),
            number("tcp_app_win", Sysctl::proc_dointvec, () -> sysctl_tcp_app_win, v -> sysctl_tcp_app_win = v),
            minmax("tcp_adv_win_scale", -31L, 31L, () -> sysctl_tcp_adv_win_scale, v -> sysctl_tcp_adv_win_scale = v),
            number("tcp_tw_reuse", Sysctl::proc_dointvec, () -> sysctl_tcp_tw_reuse, v -> sysctl_tcp_tw_reuse = v),
            number("tcp_frto", Sysctl::proc_dointvec, () -> sysctl_tcp_frto, v -> sysctl_tcp_frto = v),
            number("tcp_low_latency", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_low_latency, v -> sysctl_tcp_low_latency = v),
            number("tcp_no_metrics_save", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_nometrics_save, v -> sysctl_tcp_nometrics_save = v),
            number("tcp_moderate_rcvbuf", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_moderate_rcvbuf, v -> sysctl_tcp_moderate_rcvbuf = v),
            number("tcp_tso_win_divisor", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_tso_win_divisor, v -> sysctl_tcp_tso_win_divisor = v),
            special("tcp_congestion_control", 0644, Ipv4Sysctl::proc_tcp_congestion_control, null),
            number("tcp_mtu_probing", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_mtu_probing, v -> sysctl_tcp_mtu_probing = v),
            number("tcp_base_mss", Sysctl::proc_dointvec, () -> sysctl_tcp_base_mss, v -> sysctl_tcp_base_mss = v),
            number("tcp_workaround_signed_windows", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_workaround_signed_windows, v -> sysctl_tcp_workaround_signed_windows = v),
            number("tcp_limit_output_bytes", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_limit_output_bytes, v -> sysctl_tcp_limit_output_bytes = v),
            number("tcp_challenge_ack_limit", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_challenge_ack_limit, v -> sysctl_tcp_challenge_ack_limit = v),
            number("tcp_slow_start_after_idle", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_slow_start_after_idle, v -> sysctl_tcp_slow_start_after_idle = v),
            special("tcp_available_congestion_control", 0444, Ipv4Sysctl::proc_tcp_available_congestion_control, null),
            special("tcp_allowed_congestion_control", 0644, Ipv4Sysctl::proc_allowed_congestion_control, null),
            number("tcp_thin_linear_timeouts", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_thin_linear_timeouts, v -> sysctl_tcp_thin_linear_timeouts = v),
            number("tcp_thin_dupack", Sysctl::proc_dointvec,
                    () -> sysctl_tcp_thin_dupack, v -> sysctl_tcp_thin_dupack = v),
            minmax("tcp_early_retrans", 0L, 4L, () -> sysctl_tcp_early_retrans, v -> sysctl_tcp_early_retrans = v),
            minmax("tcp_min_tso_segs", 0L, (long) GSO_MAX_SEGS,
                    () -> sysctl_tcp_min_tso_segs, v -> sysctl_tcp_min_tso_segs = v),
            minmax("tcp_autocorking", 0L, 1L, () -> sysctl_tcp_autocorking, v -> sysctl_tcp_autocorking = v),
        };
    }

    private static ctl_table[] ipv4_net_table(net net) {
        return new ctl_table[] {
            number("icmp_echo_ignore_all", Sysctl::proc_dointvec,
                    () -> net.ipv4.sysctl_icmp_echo_ignore_all, v -> net.ipv4.sysctl_icmp_echo_ignore_all = v),
            number("icmp_echo_ignore_broadcasts", Sysctl::proc_dointvec,
                    () -> net.ipv4.sysctl_icmp_echo_ignore_broadcasts,
                    v -> net.ipv4.sysctl_icmp_echo_ignore_broadcasts = v),
            number("icmp_ignore_bogus_error_responses", Sysctl::proc_dointvec,
                    () -> net.ipv4.sysctl_icmp_ignore_bogus_error_responses,
                    v -> net.ipv4.sysctl_icmp_ignore_bogus_error_responses = v),
            number("icmp_errors_use_inbound_ifaddr", Sysctl::proc_dointvec,
                    () -> net.ipv4.sysctl_icmp_errors_use_inbound_ifaddr,
                    v -> net.ipv4.sysctl_icmp_errors_use_inbound_ifaddr = v),
            number("icmp_ratelimit", Sysctl::proc_dointvec_ms_jiffies,
                    () -> net.ipv4.sysctl_icmp_ratelimit, v -> net.ipv4.sysctl_icmp_ratelimit = v),
            number("icmp_ratemask", Sysctl::proc_dointvec,
                    () -> net.ipv4.sysctl_icmp_ratemask, v -> net.ipv4.sysctl_icmp_ratemask = v),
            special("ping_group_range", 0644, Ipv4Sysctl::ipv4_ping_group_range, net),
            number("tcp_ecn", Sysctl::proc_dointvec, () -> net.ipv4.sysctl_tcp_ecn, v -> net.ipv4.sysctl_tcp_ecn = v),
            special("ip_local_port_range", 0644, Ipv4Sysctl::ipv4_local_port_range, net),
            number("ip_no_pmtu_disc", Sysctl::proc_dointvec,
                    () -> net.ipv4.sysctl_ip_no_pmtu_disc, v -> net.ipv4.sysctl_ip_no_pmtu_disc = v),
            number("ip_forward_use_pmtu", Sysctl::proc_dointvec,
                    () -> net.ipv4.sysctl_ip_fwd_use_pmtu, v -> net.ipv4.sysctl_ip_fwd_use_pmtu = v),
        };
    }

    /** The sysctls of a new namespace, and first values of those that nobody else sets. @return 0 or {@code -ENOMEM} */
    static int ipv4_sysctl_init_net(net net) {
        ctl_table[] table;

        if (!net_eq(net, init_net) && Gfp.fails(GFP_KERNEL)) {
            return -ENOMEM;
        }
        table = ipv4_net_table(net);

        // A range that is none: nobody may have ping sockets.
        net.ipv4.sysctl_ping_group_range[0] = 1;
        net.ipv4.sysctl_ping_group_range[1] = 0;

        net.ipv4.sysctl_local_ports_range[0] = 32768;
        net.ipv4.sysctl_local_ports_range[1] = 61000;

        register_net_sysctl(net, "net/ipv4", table);

        return 0;
    }

    static void ipv4_sysctl_exit_net(net net) {
        unregister_net_sysctl_table(net, "net/ipv4", ipv4_net_table(net));
    }

    /** {@code __initcall}, after {@code inet_init}. @return 0 or {@code -ENOMEM} */
    static int sysctl_ipv4_init() {
        ctl_table i = null;

        for (ctl_table t : ipv4_table) {
            if (t.procname.equals("ip_local_reserved_ports")) {
                i = t;
                i.data = sysctl_local_reserved_ports;
                break;
            }
        }
        if (i == null) {
            return -EINVAL;
        }

        register_net_sysctl(init_net, "net/ipv4", ipv4_table);

        if (register_pernet_subsys(ipv4_sysctl_ops) != 0) {
            unregister_net_sysctl_table(init_net, "net/ipv4", ipv4_table);
            return -ENOMEM;
        }

        return 0;
    }
}
