// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import linux.skbuff.sk_buff;

/** How a kind of device writes its link header. */
public final class header_ops {
    public interface Create {
        /**
         * @param daddr hardware address of the receiver; null: not known yet
         * @return length of the header, negative while the receiver is not known
         */
        int call(sk_buff skb, net_device dev, int type, byte[] daddr, byte[] saddr, int len);
    }

    public interface Parse {
        /** Stores the sender's address; returns its length. */
        int call(sk_buff skb, byte[] haddr);
    }

    public Create create;
    public Parse parse;
}
