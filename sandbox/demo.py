"""`python dev.py demo`: the function app, in front of a simulated tenant, gets three lists of users: each as a dry run,
for real, and once more. With --users it gets one long list, which becomes a job; with --hire, a job that waits; with
--report it makes the report on phone methods."""

from sandbox.command import Parser, run, whole_number

DESCRIPTION = "Run the function app against a simulated tenant and show what it changes. Needs no Azure."
# The app's default for MAX_USERS; a list of one user would not become a job.
LEAST_USERS, MOST_USERS = 2, 200_000


def main() -> None:
    parser = Parser(prog="python dev.py demo", description=DESCRIPTION)
    parser.add_argument("--verbose", action="store_true", help="also show the requests, and every user with the reason")
    count = whole_number(LEAST_USERS, MOST_USERS)
    parser.add_argument("--users", type=count, metavar="N", help="show a job of this many users instead, such as 12000")
    parser.add_argument("--hire", action="store_true", help="show a job that waits for a new hire instead")
    parser.add_argument("--report", action="store_true", help="make the report on phone methods as a page instead")
    options = parser.parse_args()
    # Below the options: these imports take half a second, and a wrong option is reported at once.
    from sandbox.console import open_console
    from sandbox.hire_demo import show_hire
    from sandbox.job_demo import show_job
    from sandbox.report_demo import show_report
    from sandbox.tour import show_tour

    console = open_console()
    if options.hire:
        show_hire(console)
    elif options.report:
        show_report(console)
    elif options.users:
        show_job(console, options.users)
    else:
        show_tour(console, verbose=options.verbose)


if __name__ == "__main__":
    run(main)
