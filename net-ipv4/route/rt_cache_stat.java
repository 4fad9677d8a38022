// SPDX-License-Identifier: GPL-2.0-only
package route;

/** How often a route had to be made: {@code /proc/net/stat/rt_cache}. One for all namespaces. */
final class rt_cache_stat {
    int in_slow_tot;
    int in_slow_mc;
    int in_no_route;
    int in_brd;
    int in_martian_dst;
    int in_martian_src;
    int out_slow_tot;
    int out_slow_mc;
}
