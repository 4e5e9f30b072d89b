"""The scripts are run by `test_packages`, in processes that find the packages."""

collect_ignore = ["checks"]
