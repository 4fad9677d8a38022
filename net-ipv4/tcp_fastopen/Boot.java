// SPDX-License-Identifier: GPL-2.0-only
package tcp_fastopen;

import static net.tcp.TcpConst.TCP_FASTOPEN_KEY_LENGTH;

import linux.compiler.BoolRef;
import linux.init.Initcall;

/** The static variables of the file; the context and the sysctl are declared in {@code tcp.h} and live in net.tcp. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        Fastopen.key = new byte[TCP_FASTOPEN_KEY_LENGTH];
        Fastopen.___done = new BoolRef();
    }
}
