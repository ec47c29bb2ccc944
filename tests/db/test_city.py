"""The database that the other database tests start from."""

from sql import database


def test_a_city_holds_the_small_profile(city):
    connection = database.connect(city)
    with connection.cursor() as cursor:
        cursor.execute("select count(*) > 1 from unit")
        assert cursor.fetchone() == (True,)
        cursor.execute("select profile_hash <> '' from city")
        assert cursor.fetchone() == (True,)
    connection.close()
