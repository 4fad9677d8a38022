// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static net.sock.Protos.net_inuse_init;
import static net.sock.SockConst.SK_RMEM_MAX;
import static net.sock.SockConst.SK_WMEM_MAX;
import static uapi.linux.uio.Uio.UIO_MAXIOV;

import java.util.BitSet;
import java.util.LinkedHashSet;
import linux.init.Initcall;
import linux.list.list_head;

/** {@code net/core/sock.c} at boot. */
public final class Boot implements Initcall {
    @Override
    public Level level() {
        return Level.CORE;
    }

    @Override
    public void data() {
        SockLimits.sysctl_wmem_max = SK_WMEM_MAX;
        SockLimits.sysctl_rmem_max = SK_RMEM_MAX;
        SockLimits.sysctl_wmem_default = SK_WMEM_MAX;
        SockLimits.sysctl_rmem_default = SK_RMEM_MAX;
        SockLimits.sysctl_optmem_max = 8 * (2 * UIO_MAXIOV + 512);
        Flags.memalloc_socks = 0;
        NetDebug.net_msg_warn = 1;
        Options.timeoutWarned = 0;
        Options.bsdismWarned = 0;
        Options.warncomm = null;
        Protos.proto_list = new list_head<>();
        Protos.proto_inuse_idx = new BitSet();
        Alloc.live = new LinkedHashSet<>();
    }

    @Override
    public void init() {
        net_inuse_init();
    }
}
