// SPDX-License-Identifier: GPL-2.0-only
package linux.tcp;

/** What the options of a SYN may switch on. */
public final class Options {
    private Options() {}

    /** Before a SYN or SYN/ACK is parsed: no timestamps, no SACK, no window scaling. */
    public static void tcp_clear_options(tcp_options_received rx_opt) {
        rx_opt.tstamp_ok = false;
        rx_opt.sack_ok = 0;
        rx_opt.wscale_ok = false;
        rx_opt.snd_wscale = 0;
    }
}
