"""One land-cover model for several sensors: trained on all of them, used with any one."""
