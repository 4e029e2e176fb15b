#!/usr/bin/perl
# Broadcasts uevents in the network namespace that it runs in, by asking the kernel to: whoever listens there hears genuine
# kernel events, with a sequence number. One event a line on stdin: action, device path and KEY=VALUE words, with tabs between;
# \n in a word stands for a newline.
# Prints its process number when it is ready, an empty line for each event once all who listen have it, and ends with its input.
use strict;
use warnings;
use Socket;

use constant { NETLINK => 16, KOBJECT_UEVENT => 15, HEADER => 16, FIRST_TYPE => 0x10, REQUEST => 1 };

socket(my $socket, NETLINK, SOCK_RAW, KOBJECT_UEVENT) or die "netlink socket: $!\n";
my $kernel = pack("SSLL", NETLINK, 0, 0, 0);
bind($socket, $kernel) or die "netlink address: $!\n";

$| = 1;
print "$$\n";
while (my $line = <STDIN>) {
    chomp $line;
    my ($action, $path, @words) = split /\t/, $line;
    s/\\n/\n/g for @words;
    my $event = join("\0", "$action\@$path", "ACTION=$action", "DEVPATH=$path", @words) . "\0";
    my $header = pack("LSSLL", HEADER + length $event, FIRST_TYPE, REQUEST, 0, 0);
    # A full receiver loses events, as it does with the kernel's own.
    send($socket, $header . $event, 0, $kernel);
    print "\n";
}
