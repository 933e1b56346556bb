"""
A backend of Django 3.2 or later over the gateway netsvc: that of MySQL, with netsvc_dbapi in the place of MySQLdb.

    DATABASES = {
        "default": {
            "ENGINE": "netsvc_django",
            "HOST": "http://127.0.0.1:8000/database",
            "USER": "grace",
            "PASSWORD": "password",
        }
    }
"""
