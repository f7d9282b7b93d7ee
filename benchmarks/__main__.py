"""`make bench`: every benchmark, one after the other."""

from __future__ import annotations

from benchmarks import (
    case_list,
    derive,
    growth,
    mail_path,
    many_mails,
    parsing,
    reading,
    simulate,
    triage,
    webhooks,
)

derive.main()
simulate.main()
mail_path.main()
many_mails.main()
case_list.main()
reading.main()
parsing.main()
growth.main()
triage.main()
webhooks.main()
