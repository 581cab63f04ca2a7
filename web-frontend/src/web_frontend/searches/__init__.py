"""What people searched for and did not find, for staff to see."""
