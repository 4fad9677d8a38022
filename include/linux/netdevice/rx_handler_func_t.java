// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import linux.compiler.Ref;
import linux.skbuff.sk_buff;

/** Sees a packet that has come in. */
public interface rx_handler_func_t {
    int RX_HANDLER_CONSUMED = 0;
    int RX_HANDLER_ANOTHER = 1;
    int RX_HANDLER_EXACT = 2;
    int RX_HANDLER_PASS = 3;

    int call(Ref<sk_buff> pskb);
}
